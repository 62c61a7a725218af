import type { ReleaseState } from './release-state.ts';
import { moveTrack, type Track } from './track.ts';

/** A release with one of its tracks moved. */
export function setTrack(
  state: ReleaseState,
  type: keyof ReleaseState['tracks'],
  at: number,
  next: Omit<Track, 'since'>,
): ReleaseState {
  return { ...state, tracks: { ...state.tracks, [type]: moveTrack(state.tracks[type], at, next) } };
}
