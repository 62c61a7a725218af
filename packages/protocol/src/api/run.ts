import { SignedReceipt } from '../receipts/receipt.ts';
import { bytes32, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** What a reader needs beside answer, receipt and salt to compute the digests of the receipt again; with `?proof=1`. */
export const AnswerProof = Type.Object({
  /** The body as it was sent. */
  request: Type.Optional(Type.Unknown()),
  /** The `inputs` and `outputs` of the manifest: name, datatype and shape of each. */
  tensors: Type.Unknown(),
});

/** The answer to POST /v1/run/{publisher}/{name}[@version] */
export const RunAnswer = Type.Object({
  /** Nested arrays by the name of each output. */
  outputs: Type.Record(Type.String(), Type.Unknown()),
  release: Type.String(),
  digest: Type.String(),
  node: Type.String(),
  /** Milliseconds inside the gateway. */
  ms: Type.Number(),
  receipt: SignedReceipt,
  /** Opens the digests of inputs and outputs in the receipt. Gateways of before say it in a header only. */
  salt: Type.Optional(bytes32),
  proof: Type.Optional(AnswerProof),
  /** How the node stands: seed, standing, newcomer, or unknown when it has not joined. Gateways of before say nothing. */
  standing: Type.Optional(Type.String()),
  /** The other node that gave the same answer, where two were asked for. */
  confirmedBy: Type.Optional(Type.String()),
  /** That the publisher says something else is better. */
  deprecated: Type.Optional(Type.Object({ note: Type.String(), successor: orNull(Type.String()) })),
});
export type RunAnswer = Static<typeof RunAnswer>;
