import { type Static, Type } from 'typebox';
import type { ConditionType } from '../conditions/condition.ts';
import type { Address } from '../identity/address.ts';
import type { RefusalScope } from '../statements/kinds/curation.ts';
import type { Scope } from '../statements/kinds/network.ts';

const address = Type.Unsafe<Address>(Type.String({ pattern: '^0x[0-9a-f]{40}$' }));
const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
/** ISO 8601 */
const time = Type.String();

/** What the publisher or the hub has said about a release; each with the statement that says it. */
export const NoticesView = Type.Object({
  yanked: orNull(Type.Object({ note: Type.String(), since: time, statement: Type.String() })),
  deprecated: orNull(
    Type.Object({ note: Type.String(), successor: orNull(Type.String()), since: time, statement: Type.String() }),
  ),
  /** A tombstone of this hub. */
  refused: orNull(
    Type.Object({
      by: address,
      scopes: Type.Array(Type.Unsafe<RefusalScope>(Type.String())),
      note: Type.String(),
      since: time,
      statement: Type.String(),
    }),
  ),
});
export type NoticesView = Static<typeof NoticesView>;

/** Who said what about whom, since when. */
export const LabelView = Type.Object({
  subject: Type.String(),
  label: Type.String(),
  by: address,
  note: Type.String(),
  since: time,
  expiresAt: orNull(time),
  statement: Type.String(),
  /** Whether this hub follows the signer: else it is shown and means nothing here. */
  followed: Type.Boolean(),
});
export type LabelView = Static<typeof LabelView>;

/** GET /v1/labels?subject= */
export const LabelList = Type.Object({ labels: Type.Array(LabelView) });

/** Who has checked a release, with which runtime, and what they found. */
export const VerificationView = Type.Object({
  drawn: Type.Integer(),
  quorum: Type.Integer(),
  epoch: Type.Integer(),
  /** How many of the drawn are run by the operator of the hub. */
  own: Type.Integer(),
  /** What an auditor can expect of its answers; `none` where they cannot be compared, or nobody has measured it. */
  auditClass: Type.Unsafe<'exact' | 'tolerance' | 'none'>(Type.String({ enum: ['exact', 'tolerance', 'none'] })),
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

/** GET /v1/keys/{address or handle} */
export const KeyView = Type.Object({
  address,
  handles: Type.Array(Type.String()),
  delegations: Type.Array(
    Type.Object({
      key: address,
      scopes: Type.Array(Type.Unsafe<Scope>(Type.String())),
      notBefore: time,
      notAfter: time,
      revokedAt: orNull(time),
    }),
  ),
  labels: Type.Array(LabelView),
});
export type KeyView = Static<typeof KeyView>;

/** GET /reasons/{Code} */
export const ReasonView = Type.Object({
  code: Type.String(),
  sentence: Type.String(),
  who: Type.String(),
  next: Type.String(),
  retry: Type.Boolean(),
  status: Type.Integer(),
  /** The conditions that may stand as they do for this reason. */
  conditions: Type.Array(Type.Unsafe<ConditionType>(Type.String())),
});
export type ReasonView = Static<typeof ReasonView>;
