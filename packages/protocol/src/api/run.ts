import { SignedReceipt } from '../receipts/receipt.ts';
import { orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

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
  /** How the node stands: seed, standing, newcomer, or unknown when it has not joined. Gateways of before say nothing. */
  standing: Type.Optional(Type.String()),
  /** The other node that gave the same answer, where two were asked for. */
  confirmedBy: Type.Optional(Type.String()),
  /** That the publisher says something else is better. */
  deprecated: Type.Optional(Type.Object({ note: Type.String(), successor: orNull(Type.String()) })),
});
export type RunAnswer = Static<typeof RunAnswer>;
