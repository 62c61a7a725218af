import { rm } from 'node:fs/promises';
import type { Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import type { Schema } from '../../db/schema.ts';
import { dropUnwanted } from '../../files/drop-unwanted.ts';
import { uploadDirectory } from '../partials/partial-path.ts';

/** Drops an upload whose row the caller has locked after the files, and what nobody else wants of its bytes. */
export async function dropUpload(
  ctx: Pick<HubContext, 'blobs' | 'config'>,
  tx: Transaction<Schema>,
  id: string,
): Promise<void> {
  const files = await tx.selectFrom('upload_file').select('sha256').where('upload', '=', id).execute();
  // Bytes before rows: announced again in between, it waits for this lock and starts with an empty directory.
  await rm(uploadDirectory(ctx, id), { recursive: true, force: true });
  await tx.deleteFrom('upload').where('id', '=', id).execute();
  for (const { sha256 } of files) await dropUnwanted(ctx, tx, sha256);
}
