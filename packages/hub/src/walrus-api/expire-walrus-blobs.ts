import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubContext } from '../context.ts';
import { dropUnwanted, lockFiles } from '../files/drop-unwanted.ts';
import { lockFile } from '../files/lock-file.ts';
import { epochAt } from './epoch-at.ts';
import { incomingDirectory } from './receive-blob.ts';

/** No body takes so long to arrive: its file was left by a process that died. */
const abandonedAfterMs = 3600_000;

/** Drops the blobs whose epochs have passed, with their bytes unless a release or an upload has them too. */
export async function expireWalrusBlobs(ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>): Promise<number> {
  await removeAbandoned(ctx);
  const epoch = epochAt(ctx.config.walrusApi, ctx.clock());
  const expired = await ctx.db
    .selectFrom('walrus_object')
    .select('sha256')
    .distinct()
    .where('end_epoch', '<=', epoch)
    .limit(1000)
    .execute();
  for (const { sha256 } of expired)
    await ctx.db.transaction().execute(async (tx) => {
      await lockFile(tx, sha256);
      await lockFiles(tx);
      await tx.deleteFrom('walrus_object').where('sha256', '=', sha256).where('end_epoch', '<=', epoch).execute();
      await dropUnwanted(ctx, tx, sha256);
    });
  return expired.length;
}

async function removeAbandoned(ctx: Pick<HubContext, 'clock' | 'config'>): Promise<void> {
  const directory = incomingDirectory(ctx);
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > abandonedAfterMs) await rm(path, { force: true });
  }
}
