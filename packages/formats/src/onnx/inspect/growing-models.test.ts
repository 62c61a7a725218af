import { describe, expect, it } from 'vitest';
import { expectRefused, inspect, withNode } from '../../../test/hostile-models.ts';
import type { GraphSpec, ModelSpec } from '../build/build-model.ts';
import { bytesField, integerField, joined, textField } from '../wire/encode-field.ts';
import type { inspectModel } from './inspect-model.ts';

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
