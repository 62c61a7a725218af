import type { CallPlaces } from './call-places.ts';

/** A file of kept calls, one after another. */
export type Segment = {
  path: string;
  startedAt: number;
  lastAt: number;
  bytes: number;
  places: CallPlaces;
  /** Nothing is written to it any more: an earlier start left it, or a write failed and half a call may stand at its end. */
  isClosed: boolean;
};
