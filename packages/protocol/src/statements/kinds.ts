import { type Static, Type } from 'typebox';
import type { Digest } from '../identity/digest.ts';
import { handlePattern, modelNamePattern, versionPattern } from '../identity/names.ts';
import { AuditDrawn, AuditFinished, ReceiptForked, ReceiptsBatched } from './kinds/audits.ts';
import { LabelAttached, ModelAliased, ReleaseDeprecated, ReleaseRefused, ReleaseYanked } from './kinds/curation.ts';
import { address, bytes32, count, reason, sentence, verdict } from './kinds/fields.ts';
import { KeyDelegated, KeyRevoked, LogOpened, PolicyAdopted } from './kinds/network.ts';
import { ReleaseCommitted, validationDetails } from './kinds/validation.ts';

/**
 * What each kind of statement says, and about what. Bodies are open to further fields, so that an older reader
 * still understands a newer writer.
 */
/** May be negative: a clock that was set back is no reason to lose a finding. */
const milliseconds = Type.Number();

/** subject: the handle. Signed by its claimer; the first in the log owns it for ever. */
export const HandleClaimed = Type.Object({ handle: Type.String({ pattern: handlePattern }) });

/** subject: the release digest. Signed by the publisher named in the manifest. */
export const ReleasePublished = Type.Object({
  publisher: address,
  name: Type.String({ pattern: modelNamePattern }),
  version: Type.String({ pattern: versionPattern }),
});

/** subject: the release digest. Signed by the hub, after reading every byte back. */
export const ReleaseStored = Type.Object({
  ...verdict,
  files: count,
  bytes: count,
  /** Until when the storage of the file that ends first is paid, milliseconds since 1970 and within what
   *  a Date can say; missing when it has no end. */
  storedUntil: Type.Optional(Type.Integer({ minimum: 0, maximum: 8.64e15 })),
});

/** subject: the release digest. Signed by the hub: who shall validate it, and how many must agree. */
export const ReleaseDrawn = Type.Object({
  validators: Type.Array(address),
  quorum: Type.Integer({ minimum: 1 }),
  epoch: count,
  /** Reports count only after a commitment that was logged before any other report of this round. */
  sealed: Type.Optional(Type.Boolean()),
});

/** subject: the release digest. Signed by a node that was drawn. */
export const ReleaseValidated = Type.Object({
  ...verdict,
  epoch: count,
  /** Whether another try on the same bytes could end otherwise. */
  deterministic: Type.Boolean(),
  runtime: Type.Object({ name: Type.String({ maxLength: 80 }), version: Type.String({ maxLength: 80 }) }),
  loadMs: milliseconds,
  peakBytes: count,
  vectors: Type.Array(
    Type.Object({
      name: Type.String({ maxLength: 80 }),
      ok: Type.Boolean(),
      ms: milliseconds,
      largestDifference: Type.Number({ minimum: 0 }),
    }),
    { maxItems: 16 },
  ),
  ...validationDetails,
});

/** subject: the release digest. Signed by the hub: why a step cannot go on for now. */
export const ReleaseBlocked = Type.Object({
  condition: Type.String(),
  status: Type.String(),
  reason,
  message: sentence,
});

/** subject: the release digest. Signed by the prober, who is never the node that answered alone on its own word. */
export const ReleaseProbed = Type.Object({ ...verdict, ms: milliseconds, node: Type.Union([address, Type.Null()]) });

/** subject: the release digest. Signed by the hub: calls counted from receipts since the last such statement. */
export const ReleaseCalled = Type.Object({
  /** Good answers to callers who are neither publisher nor operator. */
  signed: count,
  keyless: count,
  /** Good answers to the publisher or the operator of the node that answered. */
  own: count,
  /** Calls that failed for a reason of the release or its nodes, not of the caller's input. */
  failed: count,
  /** Distinct callers with a key among `signed`. */
  callers: count,
  lastGoodAt: Type.Union([count, Type.Null()]),
  /** Whose answers the good calls of strangers were, so that they fall with the node if it is caught lying. */
  byNode: Type.Optional(Type.Array(Type.Object({ node: address, signed: count, keyless: count }), { maxItems: 200 })),
});

/** subject: the node's address. Signed by the node. */
export const NodeJoined = Type.Object({
  software: Type.String({ maxLength: 80 }),
  memoryBytes: count,
  slots: Type.Integer({ minimum: 1 }),
  /** Who runs it, when that is another key than its own; counts with that key's delegation in the log. */
  operator: Type.Optional(address),
});

/**
 * subject: the address of a node or hub. Signed by a node that asked it for a chunk and got bytes with another hash.
 * One node's word: nothing a source sends is signed, so it takes several of them to count.
 */
export const SourceRefuted = Type.Object({
  file: bytes32,
  chunk: count,
  /** The address again, or the URL of a source that has none. */
  source: Type.String({ maxLength: 200 }),
  /** sha256 of what was sent. */
  got: bytes32,
});

export const statementKinds = {
  'handle.claimed': HandleClaimed,
  'release.published': ReleasePublished,
  'release.stored': ReleaseStored,
  'release.drawn': ReleaseDrawn,
  'release.validated': ReleaseValidated,
  'release.blocked': ReleaseBlocked,
  'release.probed': ReleaseProbed,
  'release.called': ReleaseCalled,
  'node.joined': NodeJoined,
  'source.refuted': SourceRefuted,
  'release.committed': ReleaseCommitted,
  'release.yanked': ReleaseYanked,
  'release.deprecated': ReleaseDeprecated,
  'release.refused': ReleaseRefused,
  'model.aliased': ModelAliased,
  'label.attached': LabelAttached,
  'audit.drawn': AuditDrawn,
  'audit.finished': AuditFinished,
  'receipt.forked': ReceiptForked,
  'receipts.batched': ReceiptsBatched,
  'policy.adopted': PolicyAdopted,
  'log.opened': LogOpened,
  'key.delegated': KeyDelegated,
  'key.revoked': KeyRevoked,
} as const;

export type StatementKind = keyof typeof statementKinds;
export type StatementBody<Kind extends StatementKind> = Static<(typeof statementKinds)[Kind]>;
export type ReleaseSubject = Digest;
