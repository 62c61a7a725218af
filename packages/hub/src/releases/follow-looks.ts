import type { HubContext } from '../context.ts';
import { placeDue } from '../queue/place-due.ts';
import { wakeStale } from '../queue/wake-stale.ts';
import { findRelease } from './find-release.ts';

/** Sees to the releases somebody looked at: what was found too long ago is looked at anew, what is due gets its turn. */
export async function followLooks(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes' | 'looks'>,
  signal: AbortSignal,
): Promise<void> {
  for (const digest of ctx.looks.take()) {
    if (signal.aborted) return;
    const { state } = await findRelease(ctx, digest);
    await wakeStale(ctx, ctx.db, digest, state);
    await placeDue(ctx, digest);
  }
}
