import { digest } from '../schema/fields.ts';
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
