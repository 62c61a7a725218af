import type { ManifestFile } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** Drops the copies on this hub's disk of files that were just read back from Walrus. */
export async function clearStage(ctx: Pick<HubContext, 'walrusKeeper'>, files: readonly ManifestFile[]): Promise<void> {
  for (const { sha256 } of files) await ctx.walrusKeeper?.files.stage.delete(sha256);
}
