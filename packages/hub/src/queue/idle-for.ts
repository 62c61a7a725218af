import type { Digest } from '@callable/protocol';
import type { HubContext } from '../context.ts';

const dayMs = 24 * 3600_000;
/** Without a call of a stranger for this long a release is idle. */
export const idleAfterMs = 2 * dayMs;
/** An idle release is looked at this many times while its idleness doubles, roughly. */
const looksPerIdleness = 48;

/** For how long nobody has called a release, milliseconds; since it was published when nobody ever did. */
export async function idleFor(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  release: { digest: Digest; published_at: number },
): Promise<number> {
  const row = await ctx.db
    .selectFrom('demand')
    .select('called_at')
    .where('release', '=', release.digest)
    .executeTakeFirst();
  return Math.max(0, ctx.clock() - Math.max(row?.called_at ?? 0, release.published_at));
}

/**
 * How long until the next look at a release, whole milliseconds: as usual while it is called, then ever longer, at most
 * `longestMs`. Meanwhile what was found grows old and its condition says so; whoever calls it or asks how it stands
 * has it looked at there and then.
 */
export function stretchPause(usualMs: number, idleMs: number, longestMs: number): number {
  if (idleMs < idleAfterMs) return usualMs;
  return Math.max(usualMs, Math.min(longestMs, Math.ceil(idleMs / looksPerIdleness)));
}
