import { type Datatype, datatypes } from '../datatype.ts';
import { type ModelName, modelNamePattern, type Version, versionPattern } from '../identity/names.ts';
import { address, orNull, sha256Hex } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { chunkBytes, manifestLimits } from './limits.ts';

/**
 * What a publisher signs: everything a caller, a node or an auditor needs to know of a release.
 * Publishers are strangers, so every text is bounded and none is ever interpreted. Members this version does not know are
 * kept, hashed and signed with the rest, and mean nothing here (`unknown-members.ts` bounds them).
 */
const text = (maxLength: number) => Type.String({ maxLength });
const exact = { additionalProperties: false };
/** A name a file, a graph or a program uses as a key; ONNX Runtime's binding loses `__proto__`, and so do copies. */
const tensorName = Type.String({
  minLength: 1,
  maxLength: manifestLimits.tensorName,
  pattern: '^(?!__proto__$)',
  description: 'another name than __proto__',
});
const tensorKey = Type.String({ pattern: '^(?!__proto__$)[\\s\\S]{1,256}$' });
/** Words of an open list: a format, an ability, a step. */
const abilityWord = Type.String({
  pattern: '^[a-z][a-z0-9.+-]{0,39}$',
  description: '1 to 40 of a-z, 0-9 and . + -, beginning with a letter',
});
const steps = Type.Array(Type.Object({ op: abilityWord }), { maxItems: 32 });
const byTensorName = { ...exact, maxProperties: manifestLimits.tensors };

export const TensorSpecSchema = Type.Object({
  name: tensorName,
  datatype: Type.Unsafe<Datatype>(Type.String({ enum: Object.keys(datatypes) })),
  shape: Type.Array(Type.Integer({ minimum: -1, maximum: 2 ** 31 }), { maxItems: manifestLimits.rank }),
  description: Type.Optional(text(500)),
  /** Of an input: plain JSON that is taken where a caller leaves it out. */
  default: Type.Optional(Type.Unknown()),
  labels: Type.Optional(Type.Array(text(manifestLimits.labelCharacters), { maxItems: manifestLimits.labels })),
});

export const ManifestFile = Type.Object({
  path: Type.String({ minLength: 1, maxLength: 255 }),
  size: Type.Integer({ minimum: 0, maximum: manifestLimits.fileBytes }),
  sha256: sha256Hex,
  /** sha256 of each 4 MiB piece, in order. */
  chunks: Type.Array(sha256Hex, { maxItems: manifestLimits.fileBytes / chunkBytes }),
});
export type ManifestFile = Static<typeof ManifestFile>;

const tolerance = {
  rtol: Type.Number({ minimum: 0, maximum: 1 }),
  atol: Type.Number({ minimum: 0, maximum: 1e6 }),
};

/**
 * What an answer is compared in; values, within the tolerances, where it is not said. `signature`: only that the model answers
 * at all, with the datatypes and shapes of the manifest. Nodes take it of models that draw at random, and of no others.
 */
const checks = Type.Optional(Type.Literal('signature'));

/**
 * Outputs whose values are what the model's own framework answered, compared with the graph before it was published. The
 * others, and all where it is missing, are what the graph answered.
 */
const expected = Type.Optional(Type.Array(tensorKey, { minItems: 1, maxItems: manifestLimits.tensors }));

/** An example input with its real output; large ones live in a file of the release, as `{ inputs, outputs }`. */
export const Vector = Type.Union([
  Type.Object({
    name: text(80),
    inputs: Type.Record(tensorKey, Type.Unknown(), byTensorName),
    outputs: Type.Record(tensorKey, Type.Unknown(), byTensorName),
    checks,
    ...tolerance,
    expected,
  }),
  Type.Object({ name: text(80), file: Type.String({ minLength: 1, maxLength: 255 }), checks, ...tolerance, expected }),
]);
export type Vector = Static<typeof Vector>;

export const Manifest = Type.Object({
  schema: Type.Literal('callable.manifest/v1'),
  publisher: address,
  name: Type.Unsafe<ModelName>(
    Type.String({
      pattern: modelNamePattern,
      description: '1 to 63 of a-z, 0-9 and inner . _ -, and not a name that Windows keeps for a device',
    }),
  ),
  version: Type.Unsafe<Version>(
    Type.String({ pattern: versionPattern, description: 'a semantic version without build metadata, like 1.2.3' }),
  ),
  title: Type.Optional(text(120)),
  summary: Type.Optional(text(1000)),
  license: Type.Optional(text(80)),
  task: Type.Optional(text(80)),
  tags: Type.Optional(Type.Array(text(40), { maxItems: 16 })),
  /** Of the model and what runs it. An unknown one is stored, and runs where a node says it can. */
  format: abilityWord,
  entry: Type.String({ minLength: 1, maxLength: 255 }),
  files: Type.Array(ManifestFile, { minItems: 1, maxItems: manifestLimits.files }),
  inputs: Type.Array(TensorSpecSchema, { minItems: 0, maxItems: manifestLimits.tensors }),
  outputs: Type.Array(TensorSpecSchema, { minItems: 1, maxItems: manifestLimits.tensors }),
  vectors: Type.Array(Vector, { maxItems: manifestLimits.vectors }),
  needs: Type.Object({
    memoryBytes: Type.Integer({ minimum: 0, maximum: 2 ** 50 }),
    /** Version of each operator domain; the default domain may be written as the empty name. Formats without operators have none. */
    opset: Type.Optional(
      Type.Record(Type.String({ pattern: '^[ -~]{0,80}$' }), Type.Integer({ minimum: 1, maximum: 10_000 }), {
        ...exact,
        maxProperties: 64,
      }),
    ),
    /** What whoever runs it must understand beside its format: who does not know a word here must not run it. */
    abilities: Type.Optional(Type.Array(abilityWord, { maxItems: 16 })),
  }),
  /** What is done to inputs before the graph and to outputs after it. Who does not know them must not run it without. */
  steps: Type.Optional(Type.Object({ before: Type.Optional(steps), after: Type.Optional(steps) })),
  /** Null is free. Who cannot charge it does not answer. */
  price: orNull(
    Type.Object({
      /** In the smallest unit of the asset. */
      amount: Type.Optional(Type.String({ pattern: '^(0|[1-9][0-9]{0,77})$' })),
      /** Which money, such as a CAIP-19 asset id. */
      asset: Type.Optional(Type.String({ pattern: '^[!-~]{1,200}$' })),
      /** What is counted: `call`, `row`, `token`. */
      per: Type.Optional(abilityWord),
    }),
  ),
});
export type Manifest = Static<typeof Manifest>;
