import { CallPlaces } from './call-places.ts';

/** A file of kept calls, one after another. */
export type Segment = {
  path: string;
  startedAt: number;
  /** When its last call was answered; while it is being read, a time that is no earlier. */
  lastAt: number;
  bytes: number;
  places: CallPlaces;
  /** Nothing is written to it any more: an earlier start left it, or a write failed and half a call may stand at its end. */
  isClosed: boolean;
  /** Fulfilled when all its calls have their places: at once, but for what an earlier start left. */
  read: Promise<void>;
};

const now = Promise.resolve();

export const openSegment = (path: string, startedAt: number): Segment => ({
  ...{ path, startedAt, lastAt: startedAt, bytes: 0, places: new CallPlaces(), isClosed: false, read: now },
});
