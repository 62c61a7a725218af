import type { HubContext } from '../context.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';

/**
 * What a node of ours allows itself at most (loading twice 120 s, sixteen vectors of 60 s, a minute of checks) and ten
 * minutes more, milliseconds.
 */
export const longestWorkMs = 32 * 60_000;
/** Fetching comes on top of that; whoever is slower is drawn in vain. */
const slowestBytesPerMs = 1024;

/** Whether a task has been held under one lease for longer than it can take. */
export async function isOverdue(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  { leased_at, release }: Pick<LeasedJob, 'leased_at' | 'release'>,
): Promise<boolean> {
  const heldMs = ctx.clock() - (leased_at ?? ctx.clock());
  if (heldMs <= longestWorkMs) return false;
  const row = await ctx.db.selectFrom('release').select('bytes').where('digest', '=', release).executeTakeFirst();
  return heldMs > longestWorkMs + (row?.bytes ?? 0) / slowestBytesPerMs;
}
