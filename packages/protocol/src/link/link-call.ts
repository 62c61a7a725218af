import { type Static, Type } from 'typebox';
import { SignedReceipt } from '../receipts/receipt.ts';
import { address, bytes32, digest } from '../schema/fields.ts';

/** plain: `{input: nested array}` and back. oip: the JSON of an Open Inference Protocol infer request. */
export const CallEncoding = Type.Unsafe<'plain' | 'oip'>(Type.String({ enum: ['plain', 'oip'] }));
export type CallEncoding = Static<typeof CallEncoding>;

/** The head of one call as it crosses a node link; the body follows as the caller sent it. */
export const LinkCallHead = Type.Object({
  release: digest,
  encoding: CallEncoding,
  /** The zero address for a call without a key. */
  caller: address,
  /** EIP-712 hash of the signed request, which the receipt must name. */
  request: bytes32,
  nonce: bytes32,
  /** How long the caller still waits, milliseconds. */
  deadlineMs: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
  traceparent: Type.Optional(Type.String({ maxLength: 80 })),
});
export type LinkCallHead = Static<typeof LinkCallHead>;

/** The head of a node's answer; on success the body that follows is the outputs JSON. */
export const LinkAnswerHead = Type.Union([
  Type.Object({
    ok: Type.Literal(true),
    receipt: SignedReceipt,
    /** 64 hex digits; whoever knows it and the tensors can recompute the digests of the receipt. */
    salt: bytes32,
    /** Milliseconds inside the runtime. */
    runMs: Type.Number(),
    /** The id of an Open Inference Protocol request, echoed. */
    id: Type.Optional(Type.String({ maxLength: 256 })),
  }),
  Type.Object({
    ok: Type.Literal(false),
    /** A code of the table of reasons. */
    code: Type.String({ maxLength: 60 }),
    message: Type.String({ maxLength: 2000 }),
    errors: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 16 })),
    /** Whether the model may have begun to run: if not, another node may be asked without harm. */
    started: Type.Boolean(),
  }),
]);
export type LinkAnswerHead = Static<typeof LinkAnswerHead>;

export const ReplicaState = Type.Unsafe<'cached' | 'warm'>(Type.String({ enum: ['cached', 'warm'] }));
export type ReplicaState = Static<typeof ReplicaState>;

/** What a node says of itself on joining, on every change and every ten seconds. */
export const NodeAnnouncement = Type.Object({
  slots: Type.Object({ used: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1 }) }),
  holdings: Type.Array(Type.Object({ release: digest, state: ReplicaState }), { maxItems: 10_000 }),
  /** Releases this node no longer runs, after repeated crashes. */
  quarantined: Type.Array(Type.Object({ release: digest, reason: Type.String({ maxLength: 300 }) }), {
    maxItems: 10_000,
  }),
  draining: Type.Boolean(),
  /** Where other nodes get what this one holds; absent when nobody can reach it. */
  peerUrl: Type.Optional(Type.String({ maxLength: 200 })),
});
export type NodeAnnouncement = Static<typeof NodeAnnouncement>;

/** What a node does with a call: the same function stands behind a link and behind a call in one process. */
export type AnswerCall = (
  head: LinkCallHead,
  body: Uint8Array,
  signal: AbortSignal,
) => Promise<{ head: LinkAnswerHead; body: Uint8Array }>;
