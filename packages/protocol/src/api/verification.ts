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
  /** Whether the panel decides by count, because nobody is named a seed; absent for panels of before. */
  open: Type.Optional(Type.Boolean()),
  /** What seeds found when they ran it again, in this round. */
  recomputations: Type.Optional(
    Type.Array(
      Type.Object({
        node: address,
        ok: Type.Boolean(),
        reason: Type.String(),
        message: Type.String(),
        at: time,
        statement: Type.String(),
      }),
    ),
  ),
  reports: Type.Array(
    Type.Object({
      node: address,
      /** Whom it spoke for in this round. Of earlier rounds, and of panels of before, nothing is said. */
      standing: Type.Optional(
        Type.Unsafe<'seed' | 'standing' | 'newcomer'>(Type.String({ enum: ['seed', 'standing', 'newcomer'] })),
      ),
      /** What comparing made of it: `confirmed`, `differs`, or `lied`; null while nothing. */
      mark: Type.Optional(orNull(Type.String())),
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
