import type { ReleaseState } from './release-state.ts';
import { ageTrack, type Track } from './track.ts';

/** The part of the rules that says which checks count. */
export type EpochInForce = { policy: { epoch: number }; epochSince?: number };

/**
 * Verified under the epoch in force, before it ages. A new rule or runtime makes the old checks worthless, at once and
 * without anybody having to say so: the status turned when the epoch did, not when somebody next speaks of the release.
 * Of two epochs that came without a word about the release between them, the time of the later is said.
 */
export function trackInForce(
  { tracks: { Verified: track }, reports }: Pick<ReleaseState, 'tracks' | 'reports'>,
  { policy: { epoch }, epochSince = 0 }: EpochInForce,
): Track {
  if (!track.checked) return track;
  const runtimes = Object.values(reports).map((report) => report.runtime);
  const shown = under(track, epoch, runtimes[0]);
  if (track.checked.toldUnder === epoch) return shown;
  const before = ageTrack(under(track, track.checked.toldUnder), epochSince);
  const after = ageTrack(shown, epochSince);
  return { ...shown, since: before.status === after.status ? before.since : Math.max(before.since, epochSince) };
}

/** What was checked under one epoch, looked at under another. */
function under(track: Track, epoch: number, runtime = 'an older runtime'): Track {
  if (track.status === 'Unknown' || !track.checked || track.checked.epoch === epoch) return track;
  return {
    ...track,
    status: 'Unknown',
    reason: 'PolicyChanged',
    message: `It was checked under epoch ${track.checked.epoch} of the policy (${runtime}); epoch ${epoch} is in force and it is checked again.`,
    expiresAt: null,
  };
}
