import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubContext } from '../context.ts';
import { lockFiles } from '../files/drop-unwanted.ts';
import { uploadsDirectory } from './partials/partial-path.ts';
import { dropUpload } from './room/drop-upload.ts';

/**
 * Drops uploads that nobody has touched for long, with their bytes: those that are still arriving, and those in the
 * store that no release names after all. Also bytes of which no upload knows. Returns how many uploads it were.
 */
export async function expireUploads(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>,
  signal?: AbortSignal,
): Promise<number> {
  let expired = 0;
  while (!signal?.aborted && (await expireOne(ctx))) expired++;
  await removeUnknown(ctx);
  return expired;
}

/** One at a time: as long as it takes, nobody can publish. */
async function expireOne(ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>): Promise<boolean> {
  return ctx.db.transaction().execute(async (tx) => {
    // Before the row: whoever announces it again holds the files and waits for the row.
    await lockFiles(tx);
    const row = await tx
      .selectFrom('upload')
      .select('id')
      .where('expires_at', '<', ctx.clock())
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!row) return false;
    await dropUpload(ctx, tx, row.id);
    return true;
  });
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
