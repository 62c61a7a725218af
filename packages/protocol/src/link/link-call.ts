import { SignedReceipt } from '../receipts/receipt.ts';
import { address, bytes32, digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { CallEncoding } from './call-encoding.ts';

/** The head of one call as it crosses a node link; the body follows as the caller sent it. */
export const LinkCallHead = Type.Object({
  release: digest,
  encoding: CallEncoding,
  /** The zero address for a call without a key. */
  caller: address,
  /** Calls with one origin came from one network and share a turn. The gateway's own word: no address can be read from it. */
  origin: Type.Optional(Type.String({ maxLength: 64 })),
  /** EIP-712 hash of the signed request, which the receipt must name. */
  request: bytes32,
  nonce: bytes32,
  /** The gateway that asks: whoever signed the request signed it for this address. */
  gateway: Type.Optional(address),
  /** How long the caller still waits, milliseconds. */
  deadlineMs: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
  /** Whether the caller takes the answer in pieces. Who does not know this member answers whole, which is always right. */
  pieces: Type.Optional(Type.Boolean()),
  traceparent: Type.Optional(Type.String({ maxLength: 80 })),
});
export type LinkCallHead = Static<typeof LinkCallHead>;

/**
 * The head of a node's answer; on success the body that follows is the outputs JSON. Where pieces went before, it is the
 * trailer, the body is the last piece, and the receipt's `response` is the sha256 of all pieces and the body in order.
 */
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
