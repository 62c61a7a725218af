import { type Static, Type } from 'typebox';
import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import { handlePattern, modelNamePattern, versionPattern } from '../identity/names.ts';

/**
 * What each kind of statement says, and about what. Bodies are open to further fields, so that an older reader
 * still understands a newer writer.
 */
const address = Type.Unsafe<Address>(Type.String({ pattern: '^0x[0-9a-f]{40}$' }));
const reason = Type.String({ pattern: '^[A-Z][A-Za-z]+$', maxLength: 60 });
const sentence = Type.String({ maxLength: 1000 });
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** May be negative: a clock that was set back is no reason to lose a finding. */
const milliseconds = Type.Number();
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const verdict = { ok: Type.Boolean(), reason, message: sentence };

/** subject: the handle. Signed by its claimer; the first in the log owns it for ever. */
export const HandleClaimed = Type.Object({ handle: Type.String({ pattern: handlePattern }) });

/** subject: the release digest. Signed by the publisher named in the manifest. */
export const ReleasePublished = Type.Object({
  publisher: address,
  name: Type.String({ pattern: modelNamePattern }),
  version: Type.String({ pattern: versionPattern }),
});

/** subject: the release digest. Signed by the hub, after reading every byte back. */
export const ReleaseStored = Type.Object({ ...verdict, files: count, bytes: count });

/** subject: the release digest. Signed by the hub: who shall validate it, and how many must agree. */
export const ReleaseDrawn = Type.Object({
  validators: Type.Array(address),
  quorum: Type.Integer({ minimum: 1 }),
  epoch: count,
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
});

/** subject: the node's address. Signed by the node. */
export const NodeJoined = Type.Object({
  software: Type.String({ maxLength: 80 }),
  memoryBytes: count,
  slots: Type.Integer({ minimum: 1 }),
});

/**
 * subject: the address of a node or hub. Signed by a node that asked it for a chunk and got bytes with another hash.
 * One node's word: nothing a source sends is signed, so it takes several of them to count.
 */
export const SourceRefuted = Type.Object({
  file: sha256,
  chunk: count,
  /** The address again, or the URL of a source that has none. */
  source: Type.String({ maxLength: 200 }),
  /** sha256 of what was sent. */
  got: sha256,
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
} as const;

export type StatementKind = keyof typeof statementKinds;
export type StatementBody<Kind extends StatementKind> = Static<(typeof statementKinds)[Kind]>;
export type ReleaseSubject = Digest;
