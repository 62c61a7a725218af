import { conditionTypes } from './condition.ts';
import type { ReleaseState } from './release-state.ts';

/**
 * Notes what has become true for the first time: how long a release took to get there is told ever after. A call that
 * nobody signed makes Worked true; the first signed one of a stranger is noted beside it.
 */
export function noteReached(state: ReleaseState, at: number): ReleaseState {
  const isTrue = (type: keyof ReleaseState['tracks']) => state.tracks[type].status === 'True';
  const types = conditionTypes.filter((type) => isTrue(type) && state.reached[type] === undefined);
  const isIndependent = isTrue('Worked') && state.calls.signed > 0 && state.reached.Independent === undefined;
  if (types.length === 0 && !isIndependent) return state;
  const reached = { ...state.reached, ...Object.fromEntries(types.map((type) => [type, at])) };
  return { ...state, reached: isIndependent ? { ...reached, Independent: at } : reached };
}
