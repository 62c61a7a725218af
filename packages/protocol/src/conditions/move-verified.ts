import type { ReleaseState } from './release-state.ts';
import { ageTrack, type Track } from './track.ts';
import { type EpochInForce, trackInForce } from './track-in-force.ts';

/** What a statement makes of Verified; `since` is kept while the status that is shown under the rules stays the same. */
export function moveVerified(
  state: ReleaseState,
  at: number,
  { epoch, ...next }: Omit<Track, 'since' | 'checked'> & { epoch: number },
  rules: EpochInForce,
): ReleaseState {
  const checked = { epoch, toldUnder: rules.policy.epoch };
  const move = (since: number): ReleaseState => ({
    ...state,
    tracks: { ...state.tracks, Verified: { ...next, checked, since } },
  });
  const before = ageTrack(trackInForce(state, rules), at);
  const after = trackInForce(move(at), rules);
  return move(before.status === after.status ? before.since : at);
}
