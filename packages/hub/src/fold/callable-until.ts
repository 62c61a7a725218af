import { type ReleaseState, stagesUntil } from '@callable/protocol';

/** Until when a release stays callable if nothing more is learned; 0 when it is not callable at `at`. */
export const callableUntil = (state: ReleaseState, at: number, epoch: number): number =>
  stagesUntil(state, at, { policy: { epoch } }).reachable;
