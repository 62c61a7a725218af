import { type Datatype, datatypes } from '../datatype.ts';
import { SignedReceipt } from '../receipts/receipt.ts';
import { address, bytes32, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { AnswerProof } from './run.ts';

const datatype = Type.Unsafe<Datatype>(Type.String({ enum: Object.keys(datatypes) }));
const shape = Type.Array(Type.Integer());
/** Flat or nested; BYTES are strings. */
const data = Type.Array(Type.Unknown());
const tensor = Type.Object({ name: Type.String(), shape, datatype, data });

/** An optional member that is null is absent; what has no elements needs no data. */
const sent = Type.Object({ name: Type.String(), shape, datatype, data: Type.Optional(orNull(data)) });

/** POST /v2/models/{model}/infer of the Open Inference Protocol; `parameters` and unknown members are passed over. */
export const InferRequest = Type.Object(
  {
    id: Type.Optional(orNull(Type.String({ maxLength: 256 }))),
    inputs: Type.Array(sent),
    /** The outputs wanted; all of them without it. */
    outputs: Type.Optional(orNull(Type.Array(Type.Object({ name: Type.String() })))),
  },
  { examples: [{ inputs: [{ name: 'X', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] }] },
);

export const InferAnswer = Type.Object({
  model_name: Type.String(),
  model_version: Type.String(),
  /** Of the request. */
  id: Type.Optional(Type.String()),
  parameters: Type.Object({
    release: Type.String(),
    digest,
    node: address,
    /** Milliseconds inside the gateway. */
    ms: Type.Number(),
    receipt_id: bytes32,
    /** How the node stands: seed, standing, newcomer or unknown. */
    standing: Type.Optional(Type.String()),
    /** The other node that gave the same answer, where two were asked for. */
    confirmed_by: Type.Optional(address),
  }),
  outputs: Type.Array(tensor),
  /** With `?proof=1`. */
  proof: Type.Optional(Type.Object({ ...AnswerProof.properties, receipt: SignedReceipt, salt: bytes32 })),
});

/** Negative sizes in a shape are free. */
const described = Type.Array(Type.Object({ name: Type.String(), datatype, shape }));

/** GET /v2/models/{model} */
export const ModelMetadata = Type.Object({
  name: Type.String(),
  versions: Type.Array(Type.String()),
  platform: Type.String(),
  inputs: described,
  outputs: described,
});
export type ModelMetadata = Static<typeof ModelMetadata>;

/** GET /v2/models/{model}/ready */
export const ModelReady = Type.Object({ name: Type.String(), ready: Type.Boolean() });
export type ModelReady = Static<typeof ModelReady>;

/** GET /v2 */
export const ServerMetadata = Type.Object({
  name: Type.String(),
  version: Type.String(),
  extensions: Type.Array(Type.String()),
});
/** GET /v2/health/live */
export const ServerLive = Type.Object({ live: Type.Boolean() });
/** GET /v2/health/ready */
export const ServerReady = Type.Object({ ready: Type.Boolean() });
