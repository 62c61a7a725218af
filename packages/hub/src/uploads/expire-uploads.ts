import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubContext } from '../context.ts';
import { uploadDirectory, uploadsDirectory } from './partial-path.ts';

/** Drops uploads that nobody has touched for long, with their bytes, and bytes of which no upload knows. */
export async function expireUploads(ctx: Pick<HubContext, 'db' | 'clock' | 'config'>): Promise<number> {
  const expired = await ctx.db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('upload')
      .select('id')
      .where('expires_at', '<', ctx.clock())
      .forUpdate()
      .skipLocked()
      .execute();
    for (const { id } of rows) {
      // Bytes before rows: announced again in between, it waits for this lock and starts with an empty directory.
      await rm(uploadDirectory(ctx, id), { recursive: true, force: true });
      await tx.deleteFrom('upload').where('id', '=', id).execute();
    }
    return rows.length;
  });
  await removeUnknown(ctx);
  return expired;
}

/** What a chunk that arrived while its upload expired, or a killed process, has left. */
async function removeUnknown(ctx: Pick<HubContext, 'db' | 'config'>): Promise<void> {
  const directory = uploadsDirectory(ctx);
  const found = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (found.length === 0) return;
  const known = await ctx.db.selectFrom('upload').select('id').execute();
  const ids = new Set(known.map((row) => row.id));
  for (const name of found.filter((one) => !ids.has(one)))
    await rm(join(directory, name), { recursive: true, force: true });
}
