import { type Digest, isOpenNetwork, type Policy, type ReleaseState } from '@callable/protocol';
import type { Kysely } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobStep, Schema } from '../db/schema.ts';

type Track = ReleaseState['tracks']['Stored'];

/** What runs this soon anyway is left to its time. */
const soonMs = 60_000;

/**
 * Somebody wants to know how a release stands, or has called it: what was found too long ago is looked at now. A step
 * that pauses after an accident goes on pausing, and what is young enough is left alone, so asking again and again
 * costs no more than a release that is in use.
 */
export async function wakeStale(
  ctx: Pick<HubContext, 'clock' | 'rules' | 'changes'>,
  db: Pick<Kysely<Schema>, 'updateTable' | 'selectFrom'>,
  release: Digest,
  state: ReleaseState,
): Promise<void> {
  const steps = listStale(state, ctx.rules.policy, ctx.clock());
  if (steps.length === 0) return;
  const asleep = db
    .selectFrom('job')
    .select('id')
    .where('release', '=', release)
    .where('assignee', '=', '')
    .where('step', 'in', steps)
    .where('state', '=', 'ready')
    .where('attempts', '=', 0)
    .where('run_at', '>', ctx.clock() + soonMs)
    // Whoever holds one of them is at it; to wait could be to wait for each other.
    .forUpdate()
    .skipLocked();
  const woken = await db.updateTable('job').set({ run_at: ctx.clock() }).where('id', 'in', asleep).executeTakeFirst();
  if (woken.numUpdatedRows > 0n) ctx.changes.emit({ topic: 'job', subject: 'hub' });
}

/**
 * What was found good so long ago that it counts no more. Of what failed only the probe is made again: it is cheap, and
 * unlike the others it is news each time.
 */
function listStale({ tracks, panel }: ReleaseState, policy: Policy, now: number): JobStep[] {
  const { freshness } = policy;
  // Drawn before seeds were named: its word stands until it is drawn again, which demand asks for.
  const isWithoutSeed = !isOpenNetwork(policy) && panel !== null && panel.round?.open !== false;
  const isOld = ({ checkedAt }: Track, seconds: number) => checkedAt !== null && now - checkedAt > seconds * 1000;
  const isOutlived = (track: Track, seconds: number) => track.status === 'True' && isOld(track, seconds);
  return [
    ...(isOutlived(tracks.Stored, freshness.storedSeconds) ? (['store'] as const) : []),
    ...(isWithoutSeed || isOutlived(tracks.Verified, freshness.verifiedSeconds) ? (['draw'] as const) : []),
    ...(isOld(tracks.Reachable, freshness.reachableSeconds) ? (['probe'] as const) : []),
  ];
}
