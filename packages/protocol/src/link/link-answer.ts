import type { ArrivedBatch } from '../receipts/batches/arrived-batch.ts';
import type { Receipt3 } from '../receipts/batches/receipt-3.ts';
import { type Static, Type } from '../schema/type.ts';

/** Why there is no answer, in the words of the node. */
export const LinkRefusal = Type.Object({
  ok: Type.Literal(false),
  /** A code of the table of reasons. */
  code: Type.String({ maxLength: 60 }),
  message: Type.String({ maxLength: 2000 }),
  errors: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 16 })),
  /** Whether the model may have begun to run: if not, another node may be asked without harm. */
  started: Type.Boolean(),
});
export type LinkRefusal = Static<typeof LinkRefusal>;

/** An answer whose receipt stands in a batch that the link has checked. */
export type GoodLinkAnswer = {
  ok: true;
  receipt: Receipt3;
  batch: ArrivedBatch;
  /** 64 hex digits; whoever knows it and the tensors can recompute the digests of the receipt. */
  salt: string;
  /** Milliseconds inside the runtime. */
  runMs: number;
  /** The id of an Open Inference Protocol request, echoed. */
  id?: string;
};

/**
 * An answer as it comes out of a link; on success the body is the outputs JSON. Where pieces went before, it is the last
 * piece, and the receipt's `response` is the sha256 of the salt and then all pieces and the body in order.
 */
export type LinkAnswer = { head: GoodLinkAnswer | LinkRefusal; body: Uint8Array };
