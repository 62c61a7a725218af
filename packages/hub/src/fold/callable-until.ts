import { conditionsAt, isCallable, type ReleaseState } from '@callable/protocol';

/** Until when a release stays callable if nothing more is learned; 0 when it is not callable at `at`. */
export function callableUntil(state: ReleaseState, at: number, epoch: number): number {
  if (!isCallable(conditionsAt(state, at, { policy: { epoch } }))) return 0;
  const { Stored, Verified, Reachable } = state.tracks;
  return Math.min(...[Stored, Verified, Reachable].map((track) => track.expiresAt ?? Number.MAX_SAFE_INTEGER));
}
