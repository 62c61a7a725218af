import { count, digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** POST /v1/receipts: a gateway reports what it passed on. */
export const CallReport = Type.Object({
  release: digest,
  outcome: Type.Unsafe<'good' | 'failed'>(Type.String({ enum: ['good', 'failed'] })),
  at: Type.Integer(),
  receipt: Type.Union([Type.Unknown(), Type.Null()]),
  /** The code of a failure. */
  code: Type.Optional(Type.String({ maxLength: 60 })),
  /** True when this was a probe, which is never counted as usage. */
  probe: Type.Boolean(),
});
export type CallReport = Static<typeof CallReport>;
export const CallReports = Type.Object(
  { reports: Type.Array(CallReport, { maxItems: 1000 }) },
  { additionalProperties: false },
);
export type CallReports = Static<typeof CallReports>;

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
