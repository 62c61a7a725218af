import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { listReleasesWithFile } from './list-releases-with-file.ts';
import { tryLockFile } from './lock-file.ts';

export const filesLock = 0x0d20b1e5;

/**
 * Until this transaction ends no bytes are dropped. Taken before one looks whether bytes are here in order to name
 * them: a release, or an upload that need not send them.
 */
export async function holdFiles(tx: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${filesLock})`.execute(tx);
}

/** Waits for those who hold files, and keeps further ones waiting until this transaction ends. */
export async function lockFiles(tx: Transaction<Schema>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${filesLock})`.execute(tx);
}

/**
 * Drops a file that no release, no upload and no Walrus object names, nor anybody is just storing for Walrus. The files
 * are locked by the caller. True when it was dropped.
 */
export async function dropUnwanted(
  ctx: Pick<HubContext, 'blobs'>,
  tx: Transaction<Schema>,
  sha256: string,
): Promise<boolean> {
  if (!(await tryLockFile(tx, sha256)) || (await isWanted(tx, sha256))) return false;
  await tx.deleteFrom('stored_chunk').where('file', '=', sha256).execute();
  await tx.deleteFrom('walrus_part').where('sha256', '=', sha256).execute();
  await ctx.blobs.delete(sha256);
  return true;
}

async function isWanted(tx: Transaction<Schema>, sha256: string): Promise<boolean> {
  const object = await tx.selectFrom('walrus_object').select('id').where('sha256', '=', sha256).executeTakeFirst();
  const upload = await tx.selectFrom('upload_file').select('upload').where('sha256', '=', sha256).executeTakeFirst();
  return Boolean(object) || Boolean(upload) || (await listReleasesWithFile(tx, sha256)).length > 0;
}
