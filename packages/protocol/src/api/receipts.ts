import { count } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** POST /v1/calls: what came of the batches of a segment. */
export const SegmentTaken = Type.Object({
  /** Batches that are filed now. */
  filed: count,
  /** Batches, or the whole segment, that were filed before: they count once. */
  known: count,
  /** Batches that are not filed, by why. */
  refused: Type.Record(Type.String(), count),
});
export type SegmentTaken = Static<typeof SegmentTaken>;
