import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import {
  type AttributeSpec,
  buildModel,
  type GraphSpec,
  type ModelSpec,
  type TensorSpec,
} from '../build/build-model.ts';
import { bytesField, integerField, joined, textField } from '../wire/encode-field.ts';
import type { FindingCode, RejectReason } from './finding-codes.ts';
import { inspectModel, type OnnxVerdict } from './inspect-model.ts';

/** Y = X + W, with W as the attack wants it. */
function withTensor(tensor: TensorSpec): ModelSpec {
  return {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1] }],
    nodes: [{ op: 'Add', inputs: ['X', 'W'], outputs: ['Y'] }],
    initializers: [{ ...tensor, name: 'W' }],
  };
}

function withNode(
  op: string,
  inputs: readonly string[],
  initializers: NonNullable<ModelSpec['initializers']> = [],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
): ModelSpec {
  return {
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1] }],
    nodes: [{ op, inputs, outputs: ['Y'], attributes }],
    initializers,
  };
}

async function inspect(
  model: ModelSpec | Uint8Array,
  options: Parameters<typeof inspectModel>[1] = {},
): Promise<OnnxVerdict> {
  return inspectModel(bytesSource(model instanceof Uint8Array ? model : buildModel(model)), options);
}

async function expectRefused(
  model: ModelSpec | Uint8Array,
  reason: RejectReason,
  code: FindingCode,
  options: Parameters<typeof inspectModel>[1] = {},
): Promise<void> {
  const verdict = await inspect(model, options);
  expect(verdict).toMatchObject({ ok: false, reason });
  if (verdict.ok) return;
  expect(verdict.findings.filter(({ severity }) => severity === 'refuse').map((finding) => finding.code)).toContain(
    code,
  );
  // One sentence with a cause and a remedy.
  expect(verdict.message).toMatch(/^[A-Z][^\n]*[;,:][^\n]*\.$/);
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const bytes = (...content: number[]): Uint8Array => Uint8Array.from(content);

describe('files that are not ONNX', () => {
  const ai = (magic: Uint8Array): Uint8Array => joined([magic, new Uint8Array(400)]);
  it.each<[string, Uint8Array, RejectReason, FindingCode]>([
    ['an empty file', bytes(), 'NotAModel', 'EmptyFile'],
    ['a web page', text('\n<!DOCTYPE html><html></html>'), 'NotAModel', 'NotOnnx'],
    ['JSON', text('{"error": "not found"}'), 'NotAModel', 'NotOnnx'],
    ['plain text', text('hello, this is my model'), 'NotAModel', 'NotOnnx'],
    ['zeros', new Uint8Array(4096), 'NotAModel', 'NotOnnx'],
    [
      'a Git LFS pointer',
      text('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
      'LfsPointer',
      'GitLfsPointer',
    ],
    ['a zip', ai(text('PK\x03\x04')), 'UnsupportedFormat', 'ForeignFormat'],
    ['a pickle', ai(bytes(0x80, 4, 0x95)), 'UnsupportedFormat', 'ForeignFormat'],
    ['a GGUF', ai(text('GGUF')), 'UnsupportedFormat', 'ForeignFormat'],
    ['an .ort flatbuffer', ai(joined([bytes(32, 0, 0, 0), text('ORTM')])), 'UnsupportedFormat', 'ForeignFormat'],
    ['a safetensors', joined([bytes(64, 0, 0, 0, 0, 0, 0, 0), text('{"w":{}}')]), 'UnsupportedFormat', 'ForeignFormat'],
  ])('names %s', async (_, content, reason, code) => {
    await expectRefused(content, reason, code);
  });

  it('tells a truncated model from a damaged one', async () => {
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [100], raw: new Uint8Array(400) }));
    await expectRefused(model.subarray(0, 200), 'Truncated', 'FileTruncated');
    const damaged = model.slice();
    const name = damaged.findIndex((byte, at) => byte === 0x41 && damaged[at + 1] === 0x64);
    damaged[name - 1] = 0x7f;
    await expectRefused(damaged, 'NotAModel', 'Malformed');
  });

  it('refuses a model without a graph', async () => {
    await expectRefused(joined([integerField(1, 8), textField(2, 'x')]), 'NotAModel', 'NoGraph');
  });

  it('refuses a file protobuf could not hold, without reading it', async () => {
    const verdict = await inspectModel({ size: 2 ** 31, read: async (_, length) => new Uint8Array(length).fill(8) });
    expect(verdict).toMatchObject({ ok: false, reason: 'UnsafeModel', findings: [{ code: 'LimitExceeded' }] });
  });
});

describe('bytes two parsers read differently', () => {
  it('refuses a second graph, which protobuf would merge into the first', async () => {
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [1], values: [1] }));
    await expectRefused(joined([model, bytesField(7, textField(2, 'other'))]), 'UnsafeModel', 'DuplicateField');
  });

  it('refuses unknown parts of the model and trailing bytes', async () => {
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [1], values: [1] }));
    await expectRefused(joined([model, textField(99, 'hidden')]), 'UnsafeModel', 'UnknownModelField');
    await expectRefused(joined([model, bytes(0)]), 'NotAModel', 'Malformed');
  });

  it('refuses a tensor with its data twice', async () => {
    const tensor: TensorSpec = { datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(4) };
    await expectRefused(withTensor(tensor), 'UnsafeModel', 'DualTensorData');
    const empty: TensorSpec = { datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(0) };
    await expectRefused(withTensor(empty), 'UnsafeModel', 'DualTensorData');
  });

  it('refuses the same hidden inside a function', async () => {
    const tensor: TensorSpec = { datatype: 'FP32', shape: [1], values: [1], raw: new Uint8Array(4) };
    await expectRefused(
      {
        ...withNode('f', ['X']),
        nodes: [{ op: 'f', domain: 'own', inputs: ['X'], outputs: ['Y'] }],
        functions: [
          {
            domain: 'own',
            name: 'f',
            inputs: ['a'],
            outputs: ['b'],
            nodes: [
              { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor } } },
              { op: 'Add', inputs: ['a', 'c'], outputs: ['b'] },
            ],
          },
        ],
      },
      'UnsafeModel',
      'DualTensorData',
    );
  });

  it('refuses a function that takes the name of a built-in operator', async () => {
    const identity = { inputs: ['a'], outputs: ['b'], nodes: [{ op: 'Neg', inputs: ['a'], outputs: ['b'] }] };
    await expectRefused(
      { ...withNode('Relu', ['X']), functions: [{ domain: '', name: 'Relu', ...identity }] },
      'UnsafeModel',
      'FunctionShadowsOperator',
    );
  });
});

describe('tensors whose shape and data disagree', () => {
  it.each<[string, TensorSpec, FindingCode]>([
    ['too few raw bytes', { datatype: 'FP32', shape: [2], raw: new Uint8Array(4) }, 'TensorSizeMismatch'],
    ['too many raw bytes', { datatype: 'FP32', shape: [2], raw: new Uint8Array(9) }, 'TensorSizeMismatch'],
    ['no data for a huge shape', { datatype: 'FP32', shape: [2 ** 40] }, 'TensorSizeMismatch'],
    ['a product that overflows 64 bits', { datatype: 'FP32', shape: [2 ** 33, 2 ** 33] }, 'InvalidDimensions'],
    [
      'a product that wraps to the right size',
      { datatype: 'INT8', shape: [2 ** 32, 2 ** 32, 2], raw: bytes() },
      'InvalidDimensions',
    ],
    ['a negative axis', { datatype: 'FP32', shape: [-1], raw: new Uint8Array(4) }, 'InvalidDimensions'],
    ['two negative axes', { datatype: 'FP32', shape: [-1, -1], raw: new Uint8Array(4) }, 'InvalidDimensions'],
    [
      'too many axes',
      { datatype: 'FP32', shape: Array.from({ length: 65 }, () => 1), values: [1] },
      'InvalidDimensions',
    ],
    ['an unknown type', { datatype: 99, shape: [1], raw: new Uint8Array(4) }, 'UnknownTensorType'],
    ['no type', { datatype: 0, shape: [1], raw: new Uint8Array(4) }, 'UnknownTensorType'],
    ['too few varints', { datatype: 'INT64', shape: [4], values: [1, 2, 3] }, 'TensorSizeMismatch'],
    [
      'too few of many varints',
      { datatype: 'INT64', shape: [1001], values: Array(1000).fill(300) },
      'TensorSizeMismatch',
    ],
    ['too few strings', { datatype: 'BYTES', shape: [2], values: ['a'] }, 'TensorSizeMismatch'],
    ['raw strings', { datatype: 'BYTES', shape: [1], raw: new Uint8Array(4) }, 'TensorDataWrongField'],
    [
      'half a byte too little of 4-bit data',
      { datatype: 22, shape: [3], raw: new Uint8Array(1) },
      'TensorSizeMismatch',
    ],
  ])('refuses %s', async (_, tensor, code) => {
    await expectRefused(withTensor(tensor), 'InvalidModel', code);
  });

  it.each<[string, TensorSpec]>([
    ['an empty tensor', { datatype: 'FP32', shape: [0, 2 ** 40] }],
    ['a scalar', { datatype: 'FP64', shape: [], values: [1.5] }],
    ['negative varints', { datatype: 'INT32', shape: [2], values: [-1, 2] }],
    ['many varints', { datatype: 'INT64', shape: [1000], values: Array(1000).fill(300) }],
    ['4-bit data', { datatype: 22, shape: [3], raw: new Uint8Array(2) }],
    ['complex data', { datatype: 14, shape: [3], raw: new Uint8Array(24) }],
    ['strings', { datatype: 'BYTES', shape: [2], values: ['a', ''] }],
  ])('accepts %s', async (_, tensor) => {
    expect(await inspect(withTensor(tensor))).toMatchObject({ ok: true });
  });

  it('refuses integers in the field of floats', async () => {
    const wrong = joined([integerField(1, 1), integerField(2, 1), bytesField(7, bytes(1)), textField(8, 'W')]);
    const model = buildModel(withTensor({ datatype: 'FP32', shape: [1], values: [1] }));
    // The graph of `withTensor`, its initialiser (field 5) added once more under another type.
    const graph = joined([
      bytesField(1, [textField(1, 'X'), textField(1, 'W'), textField(2, 'Y'), textField(4, 'Add')]),
      bytesField(5, wrong),
    ]);
    expect(model.length).toBeGreaterThan(0);
    await expectRefused(
      joined([integerField(1, 8), bytesField(7, graph), bytesField(8, integerField(2, 17))]),
      'InvalidModel',
      'TensorDataWrongField',
    );
  });
});

describe('external data that leaves the upload', () => {
  const files = [{ path: 'weights.bin', size: 8 }];
  const external = (entries: Record<string, string | number>): ModelSpec =>
    withTensor({ datatype: 'FP32', shape: [2], external: entries });

  it.each([
    '../secret',
    'a/../../secret',
    '/etc/passwd',
    'C:\\secret',
    'a\\b',
    './weights.bin',
    'a//b',
    '',
    '.',
    'weights.bin\0.txt',
    'http://example.org/w',
  ])('refuses the path %j', async (location) => {
    const opened = [...files, { path: location, size: 8 }];
    await expectRefused(external({ location }), 'UnsafeModel', 'UnsafeExternalPath', { files: opened });
  });

  it.each(['near/_ORT_MEM_ADDR_/by', '_ORT_MEM_ADDR_'])('refuses the memory of the runtime as %j', async (location) => {
    const opened = [...files, { path: location, size: 8 }];
    await expectRefused(external({ location }), 'UnsafeModel', 'MemoryAddressPath', { files: opened });
  });

  it('refuses a file of the server that is not part of the upload', async () => {
    await expectRefused(external({ location: 'package.json' }), 'UploadIncomplete', 'ExternalFileMissing', { files });
    await expectRefused(external({ location: 'weights.bin' }), 'UploadIncomplete', 'ExternalFileMissing');
  });

  it.each<[string, Record<string, string | number>, RejectReason, FindingCode]>([
    ['a range behind the end', { offset: 4, length: 8 }, 'Truncated', 'ExternalRangeBeyondFile'],
    ['a range of another length', { length: 4 }, 'InvalidModel', 'TensorSizeMismatch'],
    ['a negative offset', { offset: -4 }, 'UnsafeModel', 'UnsafeExternalEntry'],
    ['an offset that overflows', { offset: '9223372036854775807' }, 'UnsafeModel', 'UnsafeExternalEntry'],
    ['an offset in hexadecimal', { offset: '0x10' }, 'UnsafeModel', 'UnsafeExternalEntry'],
    ['an entry that sets something else', { prepacked_0: 'x' }, 'UnsafeModel', 'UnsafeExternalEntry'],
  ])('refuses %s', async (_, entries, reason, code) => {
    await expectRefused(external({ location: 'weights.bin', ...entries }), reason, code, { files });
  });

  it('refuses external data beside inline data', async () => {
    const both: TensorSpec = { datatype: 'FP32', shape: [2], values: [1, 2], external: { location: 'weights.bin' } };
    await expectRefused(withTensor(both), 'UnsafeModel', 'DualTensorData', { files });
  });

  it('finds it in node attributes and sparse tensors, where reviewers do not look', async () => {
    const tensor: TensorSpec = { datatype: 'FP32', shape: [2], external: { location: 'weights.bin' } };
    const constant: ModelSpec = {
      ...withNode('Add', ['X', 'c']),
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor } } },
        { op: 'Add', inputs: ['X', 'c'], outputs: ['Y'] },
      ],
    };
    await expectRefused(constant, 'UnsafeModel', 'ExternalDataInAttribute', { files });
    const sparse: ModelSpec = {
      ...withNode('Add', ['X', 's']),
      sparseInitializers: [
        { values: { ...tensor, name: 's' }, indices: { datatype: 'INT64', shape: [2], values: [0, 1] }, shape: [2] },
      ],
    };
    await expectRefused(sparse, 'UnsafeModel', 'ExternalDataInAttribute', { files });
  });
});

describe('operators and versions', () => {
  it('names operators no node has', async () => {
    const model: ModelSpec = { ...withNode('Relu', ['X']), nodes: [] };
    const nodes = [{ op: 'StringLower', domain: 'ai.onnx.contrib', inputs: ['X'], outputs: ['Y'] }];
    const verdict = await inspect({ ...model, nodes });
    expect(verdict).toMatchObject({ ok: false, reason: 'UnsupportedOperator' });
    expect(!verdict.ok && verdict.message).toContain('ai.onnx.contrib.StringLower');
  });

  it.each([
    ['com.microsoft', 'EPContext'],
    ['com.microsoft', 'BeamSearch'],
    ['ai.onnx.preview.training', 'Adam'],
    ['', 'PyOp'],
    ['ai.onnx.ml', 'Relu'],
  ])('refuses %s %s', async (domain, op) => {
    const nodes = [{ op, domain, inputs: ['X'], outputs: ['Y'] }];
    await expectRefused({ ...withNode('Relu', ['X']), nodes }, 'UnsupportedOperator', 'UnknownOperator');
  });

  it.each<[string, Partial<ModelSpec>, FindingCode]>([
    ['a future opset', { opset: 27 }, 'UnsupportedOpsetVersion'],
    ['opset zero', { opset: 0 }, 'UnsupportedOpsetVersion'],
    ['a future ai.onnx.ml', { opset: { 'ai.onnx': 17, 'ai.onnx.ml': 6 } }, 'UnsupportedOpsetVersion'],
    ['a future IR version', { irVersion: 14 }, 'UnsupportedIrVersion'],
    ['no opset', { opset: {} }, 'NoOpset'],
  ])('refuses %s', async (_, change, code) => {
    await expectRefused({ ...withNode('Relu', ['X']), ...change }, 'UnsupportedOpset', code);
  });

  it('accepts the newest opsets the runtime reads', async () => {
    const model = { ...withNode('Relu', ['X']), irVersion: 13, opset: { 'ai.onnx': 26, 'ai.onnx.ml': 5 } };
    expect(await inspect(model)).toMatchObject({ ok: true });
  });
});

describe('inputs and outputs nobody can exchange', () => {
  it.each([
    ['BFLOAT16', 16],
    ['FLOAT8', 17],
    ['UINT4', 21],
    ['INT4', 22],
    ['complex', 14],
  ])('refuses %s', async (_, datatype) => {
    // What is computed is FP32, so that no runtime loads the model to the end.
    const model = withNode('Relu', ['X']);
    const [x, y] = ['X', 'Y'].map((name) => ({ name, datatype, shape: [1] }));
    for (const [wrong, remedy] of [
      [{ ...model, inputs: [x] }, 'start the graph with a Cast'],
      [{ ...model, outputs: [y] }, 'append a Cast to FLOAT'],
    ] as [ModelSpec, string][]) {
      await expectRefused(wrong, 'UnsupportedFormat', 'UnsupportedDatatype');
      const verdict = await inspect(wrong);
      const messages = verdict.ok ? '' : verdict.findings.map(({ message }) => message).join();
      expect(messages).toContain(remedy);
    }
  });

  it.each(['sequence', 'optional', 'sparse', 'zipmap'] as const)('refuses a %s that no ZipMap made', async (kind) => {
    const model = withNode('Identity', ['X']);
    const output = { name: 'Y', datatype: 'FP32' as const, kind };
    await expectRefused({ ...model, outputs: [output] }, 'UnsupportedFormat', 'NonTensorOutput');
    await expectRefused({ ...model, inputs: [{ ...output, name: 'X' }] }, 'UnsupportedFormat', 'NonTensorInput');
  });
});

describe('graphs that do not hang together', () => {
  it('refuses a cycle', async () => {
    const nodes = [
      { op: 'Add', inputs: ['X', 'b'], outputs: ['a'] },
      { op: 'Relu', inputs: ['a'], outputs: ['b'] },
      { op: 'Relu', inputs: ['b'], outputs: ['Y'] },
    ];
    await expectRefused({ ...withNode('Relu', ['X']), nodes }, 'InvalidModel', 'GraphCycle');
  });

  it('refuses a cycle through the inside of a subgraph', async () => {
    const graph: GraphSpec = {
      inputs: [],
      outputs: [{ name: 'inner', datatype: 'FP32' }],
      nodes: [{ op: 'Relu', inputs: ['Y'], outputs: ['inner'] }],
    };
    const branches = { then_branch: { graph }, else_branch: { graph } };
    await expectRefused(withNode('If', ['X'], [], branches), 'InvalidModel', 'GraphCycle');
  });

  it('accepts nodes out of order, as the runtime does', async () => {
    const nodes = [
      { op: 'Relu', inputs: ['a'], outputs: ['Y'] },
      { op: 'Relu', inputs: ['X'], outputs: ['a'] },
    ];
    expect(await inspect({ ...withNode('Relu', ['X']), nodes })).toMatchObject({ ok: true });
  });

  it('refuses values nobody produces, and values produced twice', async () => {
    await expectRefused(withNode('Relu', ['ghost']), 'InvalidModel', 'MissingProducer');
    const model = withNode('Relu', ['X']);
    await expectRefused({ ...model, nodes: [] }, 'InvalidModel', 'MissingProducer');
    await expectRefused({ ...model, nodes: [...model.nodes, ...model.nodes] }, 'InvalidModel', 'DuplicateName');
    await expectRefused({ ...model, outputs: [...model.outputs, ...model.outputs] }, 'InvalidModel', 'DuplicateName');
  });

  it('is not fooled by names that mean something to JavaScript', async () => {
    const nodes = [{ op: 'Relu', inputs: ['__proto__'], outputs: ['constructor'] }];
    const verdict = await inspect({
      inputs: [{ name: '__proto__', datatype: 'FP32', shape: ['toString'] }],
      outputs: [{ name: 'constructor', datatype: 'FP32' }],
      nodes,
      opset: { 'ai.onnx': 17, hasOwnProperty: 1 },
    });
    expect(verdict).toMatchObject({
      ok: true,
      summary: { inputs: [{ name: '__proto__', symbolicDims: ['toString'] }] },
    });
    await expectRefused(withNode('toString', ['X']), 'UnsupportedOperator', 'UnknownOperator');
  });
});

/** The same in a function that nobody calls: it is looked at like all else, and never run. */
function uncalled({ nodes, initializers = [] }: ModelSpec): ModelSpec {
  const constants = initializers.map((tensor) => ({
    op: 'Constant',
    inputs: [],
    outputs: [tensor.name],
    attributes: { value: { tensor } },
  }));
  const opset = { 'ai.onnx': 17, own: 1 };
  const f = { domain: 'own', name: 'f', inputs: ['X'], outputs: ['Y'], nodes: [...constants, ...nodes], opset };
  return { ...withNode('Relu', ['X']), opset, functions: [f] };
}

/** Low enough that a model beyond them asks little of whoever runs it. */
const lowered = { generatedBytes: 2 ** 20, expandedNodes: 1000, loopTrips: 1000 };

describe('models that grow', () => {
  const shape = (values: number[]): NonNullable<ModelSpec['initializers']> => [
    { name: 's', datatype: 'INT64', shape: [values.length], values },
  ];
  it.each<[string, ModelSpec]>([
    ['ConstantOfShape', withNode('ConstantOfShape', ['s'], shape([2 ** 19]))],
    ['ConstantOfShape beyond 64 bits', withNode('ConstantOfShape', ['s'], shape([2 ** 40, 2 ** 40]))],
    ['Expand', withNode('Expand', ['X', 's'], shape([2 ** 10, 2 ** 9]))],
    ['Tile', withNode('Tile', ['X', 's'], shape([2 ** 19]))],
    ['Pad', withNode('Pad', ['X', 's'], shape([0, 2 ** 19]))],
    ['RandomNormal', withNode('RandomNormal', [], [], { shape: { ints: [2 ** 10, 2 ** 9] } })],
    [
      'a shape hidden behind Identity',
      {
        ...withNode('Expand', ['X', 't'], shape([2 ** 19])),
        nodes: [
          { op: 'Identity', inputs: ['s'], outputs: ['t'] },
          { op: 'Expand', inputs: ['X', 't'], outputs: ['Y'] },
        ],
      },
    ],
    [
      'a sparse tensor with a larger dense shape',
      {
        ...withNode('Add', ['X', 's']),
        sparseInitializers: [
          {
            values: { name: 's', datatype: 'FP32', shape: [1], values: [1] },
            indices: { datatype: 'INT64', shape: [1], values: [0] },
            shape: [2 ** 10, 2 ** 9],
          },
        ],
      },
    ],
  ])('refuses %s', async (_, model) => {
    await expectRefused(model, 'UnsafeModel', 'OutputBomb', { limits: lowered });
  });

  it.each<[string, ModelSpec]>([
    ['ConstantOfShape', withNode('ConstantOfShape', ['s'], shape([1e10]))],
    ['ConstantOfShape beyond 64 bits', withNode('ConstantOfShape', ['s'], shape([2 ** 40, 2 ** 40]))],
    ['Expand', withNode('Expand', ['X', 's'], shape([1e6, 1e6]))],
    ['Tile', withNode('Tile', ['X', 's'], shape([1e10]))],
    ['Pad', withNode('Pad', ['X', 's'], shape([0, 1e10]))],
    ['RandomNormal', withNode('RandomNormal', [], [], { shape: { ints: [1e6, 1e6] } })],
  ])('refuses %s beyond 4 GiB, also where nobody calls it', async (_, model) => {
    await expectRefused(uncalled(model), 'UnsafeModel', 'OutputBomb');
  });

  it('refuses more than 4 GiB where no limit is named', async () => {
    // A row for each of no indices: whoever runs it makes nothing.
    const rows = (depth: number) =>
      withNode(
        'OneHot',
        ['none', 'depth', 'values'],
        [
          { name: 'none', datatype: 'INT64', shape: [0], values: [] },
          { name: 'depth', datatype: 'INT64', shape: [1], values: [depth] },
          { name: 'values', datatype: 'FP32', shape: [2], values: [0, 1] },
        ],
      );
    await expectRefused(rows(2 ** 30 + 1), 'UnsafeModel', 'OutputBomb');
    expect(await inspect(rows(2 ** 30))).toMatchObject({ ok: true });
    // Doublings of nothing.
    const doubled = (times: number): ModelSpec => ({
      ...withNode('Relu', ['X'], [{ name: 'v0', datatype: 'FP32', shape: [0], values: [] }]),
      outputs: [{ name: `v${times}`, datatype: 'FP32', shape: [0] }],
      nodes: Array.from({ length: times }, (_, at) => ({
        op: 'Concat',
        inputs: [`v${at}`, `v${at}`],
        outputs: [`v${at + 1}`],
        attributes: { axis: { int: 0 } },
      })),
    });
    await expectRefused(doubled(33), 'UnsafeModel', 'OutputBomb');
    expect(await inspect(doubled(32))).toMatchObject({ ok: true });
  });

  /** F0 adds, F1 calls F0 `width` times, and so on. */
  const chain = (depth: number, width: number): ModelSpec => ({
    ...withNode('Relu', ['X']),
    nodes: [{ op: `F${depth}`, domain: 'own', inputs: ['X'], outputs: ['Y'] }],
    opset: { 'ai.onnx': 17, own: 1 },
    functions: Array.from({ length: depth + 1 }, (_, level) => ({
      domain: 'own',
      name: `F${level}`,
      inputs: ['v0'],
      outputs: [`v${width}`],
      nodes: Array.from({ length: width }, (__, step) => ({
        op: level === 0 ? 'Relu' : `F${level - 1}`,
        domain: level === 0 ? '' : 'own',
        inputs: [`v${step}`],
        outputs: [`v${step + 1}`],
      })),
    })),
  });

  /** Written for a version that no runtime reads: whoever loads it stops at its first field. */
  const unreadable = { irVersion: 2 ** 31 - 1 };

  it('refuses functions that become too many nodes', async () => {
    await expectRefused({ ...chain(17, 2), ...unreadable }, 'UnsafeModel', 'FunctionBomb');
    await expectRefused({ ...chain(30, 2), ...unreadable }, 'UnsafeModel', 'FunctionBomb');
    await expectRefused({ ...chain(60, 50), ...unreadable }, 'UnsafeModel', 'FunctionBomb');
    await expectRefused({ ...chain(16, 2), ...unreadable }, 'UnsupportedOpset', 'UnsupportedIrVersion');
    await expectRefused(chain(9, 2), 'UnsafeModel', 'FunctionBomb', { limits: lowered });
    await expectRefused(chain(2, 11), 'UnsafeModel', 'FunctionBomb', { limits: lowered });
    expect(await inspect(chain(8, 2), { limits: lowered })).toMatchObject({ ok: true });
    expect(await inspect(chain(10, 2))).toMatchObject({ ok: true });
  });

  it.each([
    ['66 functions', 65],
    ['2000 functions', 1999],
  ])('refuses a chain of %s, whichever end comes first', async (_, depth) => {
    const model = { ...chain(depth, 1), ...(depth > 65 ? unreadable : {}) };
    await expectRefused(model, 'UnsafeModel', 'FunctionBomb');
    await expectRefused({ ...model, functions: model.functions?.toReversed() ?? [] }, 'UnsafeModel', 'FunctionBomb');
  });

  it('accepts a chain of 61 functions', async () => {
    expect(await inspect(chain(60, 1))).toMatchObject({ ok: true });
  });

  it('refuses recursive functions, called or not', async () => {
    const call = (name: string) => [{ op: name, domain: 'own', inputs: ['a'], outputs: ['b'] }];
    const io = { domain: 'own', inputs: ['a'], outputs: ['b'] };
    const functions = [
      { ...io, name: 'F', nodes: call('G') },
      { ...io, name: 'G', nodes: call('F') },
    ];
    await expectRefused({ ...withNode('Relu', ['X']), functions }, 'UnsafeModel', 'RecursiveFunction');
  });

  const nestedIf = (depth: number): GraphSpec => ({
    inputs: [],
    outputs: [{ name: `o${depth}`, datatype: 'FP32' }],
    nodes: [
      depth === 0
        ? { op: 'Relu', inputs: ['X'], outputs: ['o0'] }
        : {
            op: 'If',
            inputs: ['X'],
            outputs: [`o${depth}`],
            attributes: { then_branch: { graph: nestedIf(depth - 1) } },
          },
    ],
  });
  it.each([17, 40, 300])('refuses %i nested graphs', async (depth) => {
    const attributes = { then_branch: { graph: nestedIf(depth) } };
    await expectRefused(withNode('If', ['X'], [], attributes), 'UnsafeModel', 'LimitExceeded');
  });

  it.each([200, 100_000])(
    'refuses messages nested %i deep without using the stack, as protobuf refuses them',
    async (levels) => {
      const level = (length: number): number =>
        1 + (length < 128 ? 1 : length < 2 ** 14 ? 2 : length < 2 ** 21 ? 3 : 4);
      const lengths = [0];
      for (let depth = 0; depth < levels; depth += 1) {
        const inner = lengths.at(-1) ?? 0;
        lengths.push(inner + level(inner));
      }
      const varint = (value: number): number[] =>
        value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
      // Sequences of sequences of sequences: TypeProto field 4, then field 1, and so on.
      const nested = lengths
        .slice(0, -1)
        .reverse()
        .flatMap((length, depth) => [depth % 2 === 0 ? 0x22 : 0x0a, ...varint(length)]);
      const input = bytesField(11, [textField(1, 'X'), bytesField(2, Uint8Array.from(nested))]);
      await expectRefused(joined([integerField(1, 8), bytesField(7, input)]), 'UnsafeModel', 'LimitExceeded');
    },
  );

  it('refuses many tensors that are each small enough', async () => {
    const nodes = Array.from({ length: 8 }, (_, index) => ({
      op: 'ConstantOfShape',
      inputs: ['s'],
      outputs: [`c${index}`],
    }));
    const model = withNode('Relu', ['X'], shape([2 ** 16]));
    const options = { limits: lowered };
    const few = { ...model, nodes: [...model.nodes, ...nodes.slice(0, 3)] };
    expect(await inspect(few, options)).toMatchObject({ ok: true });
    await expectRefused({ ...model, nodes: [...model.nodes, ...nodes] }, 'UnsafeModel', 'OutputBomb', options);
  });

  it('refuses two-byte messages by the million, which become objects', async () => {
    const empty = new Uint8Array(4_000_000).map((_, index) => (index % 2 === 0 ? 8 * 8 + 2 : 0));
    await expectRefused(joined([integerField(1, 8), empty]), 'UnsafeModel', 'LimitExceeded');
  });

  it('refuses a name of a megabyte', async () => {
    await expectRefused(withNode('Relu', ['X'.repeat(2 ** 20)]), 'UnsafeModel', 'LimitExceeded');
  });

  it('refuses more nodes than the limit', async () => {
    const node = bytesField(1, [textField(1, 'X'), textField(4, 'Relu')]);
    const graph = joined(Array.from({ length: 250_001 }, () => node));
    await expectRefused(joined([integerField(1, 8), bytesField(7, graph)]), 'UnsafeModel', 'LimitExceeded');
  });

  it('keeps the list of findings short, however much is wrong', async () => {
    const initializers = Array.from({ length: 5000 }, (_, index) => ({ name: `w${index}`, datatype: 99, shape: [1] }));
    const verdict = await inspect({ ...withNode('Relu', ['X']), initializers });
    expect(verdict.ok ? 0 : verdict.findings.length).toBeLessThanOrEqual(65);
  });

  /** Runs `trips` times while the condition holds; `first` is what that is at the start. */
  const loop = (trips: number | bigint, condition: GraphSpec['nodes'], conditionName: string, first = 1): ModelSpec => {
    const graph: GraphSpec = {
      inputs: [
        { name: 'i', datatype: 'INT64', shape: [] },
        { name: 'go', datatype: 'BOOL', shape: [] },
        { name: 'v', datatype: 'FP32' },
      ],
      outputs: [
        { name: conditionName, datatype: 'BOOL' },
        { name: 'w', datatype: 'FP32' },
      ],
      nodes: [...condition, { op: 'Relu', inputs: ['v'], outputs: ['w'] }],
    };
    return withNode(
      'Loop',
      ['m', 'c', 'X'],
      [
        { name: 'm', datatype: 'INT64', shape: [], values: [trips] },
        { name: 'c', datatype: 'BOOL', shape: [], values: [first] },
      ],
      { body: { graph } },
    );
  };
  const codes = async (model: ModelSpec, options: Parameters<typeof inspectModel>[1] = {}): Promise<string[]> => {
    const verdict = await inspect(model, options);
    return verdict.ok ? verdict.summary.findings.map(({ code }) => code) : [verdict.reason];
  };
  const pass = [{ op: 'Identity', inputs: ['go'], outputs: ['still'] }];
  const decide = [{ op: 'Greater', inputs: ['v', 'v'], outputs: ['still'] }];

  it('warns about a Loop beyond the limit, not about one that can stop', async () => {
    const options = { limits: lowered };
    expect(await codes(loop(1001, pass, 'still'), options)).toEqual(['UnboundedLoop']);
    expect(await codes(loop(1001, [], 'go'), options)).toEqual(['UnboundedLoop']);
    expect(await codes(loop(1001, decide, 'still'), options)).toEqual([]);
    expect(await codes(loop(10, pass, 'still'), options)).toEqual([]);
  });

  it('reads trip counts as large as a Loop can name', async () => {
    const most = 2n ** 63n - 1n;
    expect(await codes(uncalled(loop(most, pass, 'still')))).toEqual(['UnboundedLoop']);
    expect(await codes(uncalled(loop(most, [], 'go')))).toEqual(['UnboundedLoop']);
    expect(await codes(uncalled(loop(most, decide, 'still')))).toEqual([]);
    expect(await codes(uncalled(loop(10n ** 9n, pass, 'still')))).toEqual([]);
    expect(await codes(uncalled(loop(-1n, pass, 'still')))).toEqual([]);
    // The condition is false at once, so that it ends before its first turn.
    expect(await codes(loop(most, pass, 'still', 0))).toEqual([]);
    expect(await codes(loop(most, [], 'go', 0))).toEqual([]);
  });
});
