import { address, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** ISO 8601 */
const time = Type.String();

/** Who has checked a release, with which runtime, and what they found. */
export const VerificationView = Type.Object({
  drawn: Type.Integer(),
  quorum: Type.Integer(),
  epoch: Type.Integer(),
  /** How many of the drawn are run by the operator of the hub. */
  own: Type.Integer(),
  /** What an auditor can expect of its answers; `none` where they cannot be compared, or nobody has measured it. */
  auditClass: Type.Unsafe<'exact' | 'tolerance' | 'none'>(Type.String({ enum: ['exact', 'tolerance', 'none'] })),
  /** The largest difference at which two answers count as the same, as a share of the largest value; null without a tolerance. */
  tolerance: Type.Optional(orNull(Type.Number())),
  findings: Type.Array(Type.Object({ code: Type.String(), severity: Type.String(), reports: Type.Integer() })),
  reports: Type.Array(
    Type.Object({
      node: address,
      ok: Type.Boolean(),
      reason: Type.String(),
      message: Type.String(),
      runtime: Type.String(),
      at: time,
      statement: Type.String(),
    }),
  ),
});
export type VerificationView = Static<typeof VerificationView>;
