import { expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel, type GraphSpec, type ModelSpec, type NodeSpec, type TensorSpec } from '../build/build-model.ts';
import { bytesField, integerField, joined, type Part, textField } from '../wire/encode-field.ts';
import { type FindingCode, findingCodes } from './finding-codes.ts';
import { inspectModel } from './inspect-model.ts';

/**
 * For every code a model that has the fault, and its near miss: the same model with as little as possible changed, which
 * has not. A code without a row fails to compile.
 */
const files = [{ path: 'w.bin', size: 8 }];
const x = { name: 'X', datatype: 'FP32', shape: [4] } as const;
const y = { name: 'Y', datatype: 'FP32', shape: [4] } as const;
type Initializers = NonNullable<ModelSpec['initializers']>;

const graph = (
  nodes: readonly NodeSpec[],
  initializers: Initializers = [],
  more: Partial<ModelSpec> = {},
): ModelSpec => ({
  inputs: [x],
  outputs: [y],
  nodes,
  initializers,
  ...more,
});
const node = (op: string, inputs = ['X'], more: Partial<NodeSpec> = {}): NodeSpec => ({
  op,
  inputs,
  outputs: ['Y'],
  ...more,
});
const relu = graph([node('Relu')]);
const good = buildModel(relu);
const text = (content: string) => new TextEncoder().encode(content);

const weight = (tensor: Omit<TensorSpec, 'name'>) => graph([node('Add', ['X', 'W'])], [{ name: 'W', ...tensor }]);
const external = (entries: Record<string, string | number>) =>
  weight({ datatype: 'FP32', shape: [2], external: entries });
const ints = (name: string, values: (number | bigint)[]) => ({
  name,
  datatype: 'INT64' as const,
  shape: [values.length],
  values,
});
const local = (name: string, nodes: readonly NodeSpec[], domain = 'own') => ({
  domain,
  name,
  inputs: ['a'],
  outputs: ['b'],
  nodes,
});
const call = (op: string, from = 'X', to = 'Y', domain = 'own') => ({ op, domain, inputs: [from], outputs: [to] });
const opset = { 'ai.onnx': 17, own: 1 };
const functions = (list: NonNullable<ModelSpec['functions']>) =>
  graph([call('f')], [], { opset, functions: list.map((each) => ({ ...each, opset })) });
const valued = (datatype: number, more: object = {}) =>
  graph([node('Identity')], [], { inputs: [{ ...x, datatype, ...more }] });
const nested = (depth: number): GraphSpec => ({
  inputs: [],
  outputs: [{ name: `o${depth}`, datatype: 'FP32' }],
  nodes: [
    depth === 0
      ? { op: 'Relu', inputs: ['X'], outputs: ['o0'] }
      : { op: 'If', inputs: ['c'], outputs: [`o${depth}`], attributes: { then_branch: { graph: nested(depth - 1) } } },
  ],
});
const deep = (depth: number) =>
  graph(
    [node('If', ['c'], { attributes: { then_branch: { graph: nested(depth) } } })],
    [{ name: 'c', datatype: 'BOOL', shape: [1], values: [1] }],
  );
const loop = (trips: bigint) => {
  const body: GraphSpec = {
    inputs: [
      { name: 'i', datatype: 'INT64', shape: [] },
      { name: 'go', datatype: 'BOOL', shape: [] },
      { name: 'v', datatype: 'FP32' },
    ],
    outputs: [
      { name: 'go', datatype: 'BOOL' },
      { name: 'w', datatype: 'FP32' },
    ],
    nodes: [{ op: 'Relu', inputs: ['v'], outputs: ['w'] }],
  };
  return graph([node('Loop', ['m', '', 'X'], { attributes: { body: { graph: body } } })], [ints('m', [trips])]);
};
const quantised = (values: number[]) =>
  graph(
    [
      { op: 'DynamicQuantizeLinear', inputs: ['X'], outputs: ['q', 's', 'z'] },
      { op: 'MatMulInteger', inputs: ['q', 'W', 'z'], outputs: ['Y'] },
    ],
    [
      {
        name: 'W',
        datatype: 'INT8',
        shape: [values.length, 1],
        raw: Uint8Array.from(values.map((each) => each & 255)),
      },
    ],
  );
const conv = (kernel: number[]) =>
  graph(
    [node('Conv', ['X', 'W'], { attributes: { kernel_shape: { ints: kernel } } })],
    [{ name: 'W', datatype: 'FP32', shape: [1, 1, 1, 1], values: [1] }],
    { inputs: [{ ...x, shape: [1, 1, 4, 4] }] },
  );
/** A node of its own making, for what the builder cannot write. */
const handmade = (parts: readonly Part[]) =>
  joined([
    integerField(1, 8),
    bytesField(7, [
      bytesField(1, [textField(1, 'X'), textField(2, 'Y'), textField(4, 'Relu'), ...parts]),
      bytesField(11, [textField(1, 'X'), bytesField(2, bytesField(1, [integerField(1, 1), bytesField(2, [])]))]),
      bytesField(12, [textField(1, 'Y'), bytesField(2, bytesField(1, integerField(1, 1)))]),
    ]),
    bytesField(8, integerField(2, 17)),
  ]);
const attribute = (parts: readonly Part[]) => handmade([bytesField(5, [textField(1, 'alpha'), ...parts])]);
/** A tensor of two floats in w.bin, as a default value of a function's attribute. */
const defaultTensor = (where: readonly Part[]) => {
  const tensor = [integerField(1, 2), integerField(2, 1), ...where];
  const fallback = bytesField(11, [textField(1, 'alpha'), bytesField(5, tensor), integerField(20, 4)]);
  const body = bytesField(7, [textField(1, 'a'), textField(2, 'b'), textField(4, 'Relu')]);
  const head = [textField(1, 'f'), textField(4, 'a'), textField(5, 'b'), body, bytesField(9, integerField(2, 17))];
  return joined([good, bytesField(25, [...head, textField(10, 'own'), fallback])]);
};
const inside = bytesField(9, new Uint8Array(8));
const outside = joined([bytesField(13, [textField(1, 'location'), textField(2, 'w.bin')]), integerField(14, 1)]);
const trigger = (limit: string) =>
  graph(
    [
      { op: 'Greater', inputs: [limit, 'T'], outputs: ['c'] },
      { op: 'Where', inputs: ['c', 'T', 'h'], outputs: ['Y'] },
      { op: 'MatMul', inputs: ['X', 'W'], outputs: ['h'] },
    ].toSorted((a, b) => Number(b.op === 'MatMul') - Number(a.op === 'MatMul')),
    [
      { name: 'T', datatype: 'FP32', shape: [1], values: [7] },
      { name: 'W', datatype: 'FP32', shape: [4, 4], values: Array(16).fill(1) },
    ],
  );
const columns = graph([node('Col2Im', ['X', 's', 's'])], [ints('s', [2, 2])], {
  opset: 18,
  inputs: [{ ...x, shape: [1, 4, 1] }],
  outputs: [{ ...y, shape: [1, 1, 2, 2] }],
});
/** Doubles nothing so often: it would be vast, had it an element. */
const doubling = (times: number) =>
  graph(
    Array.from({ length: times }, (_, at) => ({
      op: 'Concat',
      inputs: [`v${at}`, `v${at}`],
      outputs: [at === times - 1 ? 'Y' : `v${at + 1}`],
      attributes: { axis: { int: 0 } },
    })),
    [{ name: 'v0', datatype: 'FP32', shape: [0], values: [] }],
    { outputs: [{ ...y, shape: [0] }] },
  );

/** Low enough that a model beyond them asks little of whoever runs it. */
const lowered = { generatedBytes: 2 ** 14, expandedNodes: 300, loopTrips: 1000 };

const labelled = (datatype: 'BYTES' | 'INT64') =>
  buildModel(
    graph([], [{ name: 's', datatype: 'BYTES', shape: [1], values: ['caf\u00e9'] }], {
      nodes: [
        node('Identity', ['s'], { outputs: ['t'] }),
        datatype === 'BYTES' ? node('Identity', ['t']) : node('Shape', ['t']),
      ],
      outputs: [{ name: 'Y', datatype, shape: [1] }],
    }),
  );
/** The é of the label as one byte, twice. */
const latin1 = (bytes: Uint8Array) => {
  const at = bytes.findIndex((byte, index) => byte === 0xc3 && bytes[index + 1] === 0xa9);
  return Uint8Array.from(bytes, (byte, index) => (index === at || index === at + 1 ? 0xe9 : byte));
};

/** An initialiser listed as an input: by the first versions all were. */
const stored = (irVersion: number) =>
  graph([node('Add', ['X', 'w'])], [{ name: 'w', datatype: 'FP32', shape: [1], values: [2] }], {
    inputs: [
      { name: 'X', datatype: 'FP32', shape: [1] },
      { name: 'w', datatype: 'FP32', shape: [1] },
    ],
    irVersion,
  });

const folding = (locale: string) =>
  graph([
    { ...node('StringNormalizer'), attributes: { case_change_action: { text: 'LOWER' }, locale: { text: locale } } },
  ]);

type Row = [faulty: ModelSpec | Uint8Array, nearMiss: ModelSpec | Uint8Array];

const rows: Record<FindingCode, Row> = {
  EmptyFile: [new Uint8Array(0), good],
  NotOnnx: [text('<!doctype html><html></html>'), good],
  Malformed: [joined([good, Uint8Array.of(0)]), good],
  NoGraph: [joined([integerField(1, 8), textField(2, 'x')]), good],
  GitLfsPointer: [text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'), good],
  FileTruncated: [good.subarray(0, good.length - 20), good],
  ExternalRangeBeyondFile: [external({ location: 'w.bin', offset: 1 }), external({ location: 'w.bin', offset: 0 })],
  ForeignFormat: [joined([Uint8Array.of(32, 0, 0, 0), text('ORTM'), new Uint8Array(400)]), good],
  NonTensorInput: [valued(1, { kind: 'optional' }), valued(1)],
  NonTensorOutput: [graph([node('Identity')], [], { outputs: [{ ...y, kind: 'sequence' }] }), relu],
  UnsupportedDatatype: [valued(22), valued(3)],
  UnknownOperator: [graph([node('Steal')]), relu],
  TextNotUtf8: [latin1(labelled('BYTES')), latin1(labelled('INT64'))],
  UnknownLocale: [folding('tr_TR.UTF-8'), folding('en_US')],
  UnsupportedIrVersion: [
    { ...relu, irVersion: 14 },
    { ...relu, irVersion: 13 },
  ],
  UnsupportedOpsetVersion: [
    { ...relu, opset: 27 },
    { ...relu, opset: 26 },
  ],
  NoOpset: [{ ...relu, opset: {} }, relu],
  ExternalFileMissing: [external({ location: 'v.bin' }), external({ location: 'w.bin' })],
  ConflictingOpset: [
    joined([good, bytesField(8, integerField(2, 16))]),
    joined([good, bytesField(8, integerField(2, 17))]),
  ],
  GraphCycle: [
    graph([node('Add', ['X', 'b'], { outputs: ['a'] }), node('Relu', ['a'], { outputs: ['b'] }), node('Relu', ['b'])]),
    graph([node('Relu', ['b']), node('Relu', ['a'], { outputs: ['b'] }), node('Relu', ['X'], { outputs: ['a'] })]),
  ],
  DuplicateName: [graph([node('Relu'), node('Relu')]), graph([node('Relu'), node('Relu', ['X'], { outputs: ['Z'] })])],
  MissingProducer: [graph([node('Relu', ['ghost'])]), relu],
  InvalidSignature: [graph([node('Relu')], [], { outputs: [] }), relu],
  UnknownTensorType: [
    weight({ datatype: 99, shape: [1], raw: new Uint8Array(4) }),
    weight({ datatype: 1, shape: [1], raw: new Uint8Array(4) }),
  ],
  InvalidDimensions: [
    weight({ datatype: 'INT8', shape: [2 ** 32, 2 ** 32, 2], raw: new Uint8Array(0) }),
    weight({ datatype: 'INT8', shape: [2 ** 32, 0, 2], raw: new Uint8Array(0) }),
  ],
  TensorSizeMismatch: [
    weight({ datatype: 'FP32', shape: [2], raw: new Uint8Array(4) }),
    weight({ datatype: 'FP32', shape: [2], raw: new Uint8Array(8) }),
  ],
  TensorDataWrongField: [
    weight({ datatype: 'BYTES', shape: [1], raw: new Uint8Array(4) }),
    weight({ datatype: 'BYTES', shape: [1], values: ['a'] }),
  ],
  WindowRankMismatch: [conv([1, 1, 1]), conv([1, 1])],
  DuplicateField: [joined([good, bytesField(7, textField(2, 'other'))]), good],
  DualTensorData: [
    weight({ datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(4) }),
    weight({ datatype: 'FP32', shape: [1], values: [1] }),
  ],
  DualAttributeValue: [
    attribute([integerField(3, 1), textField(4, 'one')]),
    attribute([integerField(3, 1), integerField(20, 2)]),
  ],
  UnknownModelField: [joined([good, textField(99, 'hidden')]), good],
  LimitExceeded: [deep(16), deep(15)],
  UnsafeExternalPath: [external({ location: '../w.bin' }), external({ location: 'w.bin' })],
  MemoryAddressPath: [external({ location: '_ORT_MEM_ADDR_' }), external({ location: 'w.bin' })],
  UnsafeExternalEntry: [
    external({ location: 'w.bin', prepacked_0: 1 }),
    external({ location: 'w.bin', checksum: 'x' }),
  ],
  ExternalDataInAttribute: [defaultTensor([outside]), defaultTensor([inside])],
  TrainingInfo: [joined([good, bytesField(20, new Uint8Array(0))]), good],
  RecursiveFunction: [
    functions([local('f', [call('f', 'a', 'b')])]),
    functions([local('f', [node('Relu', ['a'], { outputs: ['b'] })])]),
  ],
  FunctionBomb: [
    functions(
      Array.from({ length: 9 }, (_, at) =>
        local(at === 0 ? 'f' : `f${at}`, [call(`f${at + 1}`, 'a', 'h'), call(`f${at + 1}`, 'h', 'b')]),
      ).concat(local('f9', [node('Relu', ['a'], { outputs: ['b'] })])),
    ),
    functions(
      Array.from({ length: 8 }, (_, at) =>
        local(at === 0 ? 'f' : `f${at}`, [call(`f${at + 1}`, 'a', 'h'), call(`f${at + 1}`, 'h', 'b')]),
      ).concat(local('f8', [node('Relu', ['a'], { outputs: ['b'] })])),
    ),
  ],
  FunctionShadowsOperator: [
    graph([call('BeamSearch', 'X', 'Y', 'com.microsoft')], [], {
      opset: { 'ai.onnx': 17, 'com.microsoft': 1 },
      functions: [local('BeamSearch', [node('Relu', ['a'], { outputs: ['b'] })], 'com.microsoft')],
    }),
    graph([call('BeamSearch')], [], {
      opset,
      functions: [local('BeamSearch', [node('Relu', ['a'], { outputs: ['b'] })])],
    }),
  ],
  OutputBomb: [doubling(15), doubling(14)],
  OversizedSignature: [
    graph([node('Relu')], [], { inputs: [{ ...x, shape: [2 ** 16, 2 ** 16] }] }),
    graph([node('Relu')], [], { inputs: [{ ...x, shape: [2 ** 13, 2 ** 13] }] }),
  ],
  ZipMapOutput: [
    graph([node('ZipMap', ['X'], { domain: 'ai.onnx.ml' })], [], {
      outputs: [{ ...y, kind: 'zipmap' }],
      opset: { 'ai.onnx': 17, 'ai.onnx.ml': 3 },
    }),
    relu,
  ],
  UnboundedLoop: [loop(1001n), loop(1000n)],
  NonDeterministic: [graph([node('Bernoulli')]), relu],
  MixedSignInt8: [quantised([1, 65, 3, 4]), quantised([64, -64, 3, 4])],
  FragileOperator: [columns, relu],
  DecidesByInput: [trigger('X'), trigger('h')],
  MissingOpset: [graph([node('Normalizer', ['X'], { domain: 'ai.onnx.ml' })]), relu],
  OldOpset: [
    { ...relu, opset: 6 },
    { ...relu, opset: 7 },
  ],
  UnknownField: [handmade([textField(77, 'x')]), handmade([textField(3, 'x')])],
  StoredInput: [stored(8), stored(3)],
  UnknownRank: [graph([node('Relu')], [], { inputs: [{ name: 'X', datatype: 'FP32' }] }), relu],
};

async function codesOf(model: ModelSpec | Uint8Array): Promise<FindingCode[]> {
  const bytes = model instanceof Uint8Array ? model : buildModel(model);
  const verdict = await inspectModel(bytesSource(bytes), { files, limits: lowered });
  const findings = verdict.ok ? verdict.summary.findings : verdict.findings;
  for (const { code, severity, message } of findings) {
    expect(severity).toBe(findingCodes[code].reason === null ? 'warn' : 'refuse');
    expect(message).toMatch(/^[A-Z].*\.$/s);
    // Nothing that was looked at is called by a word that promises more than a look.
    expect(message).not.toMatch(/\bsafe\b/i);
  }
  return findings.map(({ code }) => code);
}

it.each(Object.entries(rows) as [FindingCode, Row][])(
  '%s is found, and not in its near miss',
  async (code, [faulty, nearMiss]) => {
    expect(await codesOf(faulty)).toContain(code);
    expect(await codesOf(nearMiss)).not.toContain(code);
  },
);

it('a chain of generators is followed: zeros made by a constant, counted by NonZero', async () => {
  const zeros = { op: 'ConstantOfShape', inputs: ['s'], outputs: ['z'] };
  const chain = (size: number) => graph([zeros, node('NonZero', ['z'])], [ints('s', [size])]);
  expect(await codesOf(chain(2 ** 14))).toContain('OutputBomb');
  expect(await codesOf(chain(2 ** 10))).not.toContain('OutputBomb');
});

it('scales of a Resize count, written as floats or as bytes', async () => {
  const scales = [16, 16, 32, 1];
  const raw = new Uint8Array(new Float32Array(scales).buffer);
  for (const data of [{ values: scales }, { raw }]) {
    const resize = graph([node('Resize', ['X', '', 's'])], [{ name: 's', datatype: 'FP32', shape: [4], ...data }]);
    expect(await codesOf(resize)).toContain('OutputBomb');
  }
});
