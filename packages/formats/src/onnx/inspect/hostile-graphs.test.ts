import { describe, expect, it } from 'vitest';
import { expectRefused, inspect, withNode } from '../../../test/hostile-models.ts';
import type { GraphSpec, ModelSpec } from '../build/build-model.ts';
import type { FindingCode } from './finding-codes.ts';

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
    // No operator casts complex numbers.
    const remedies =
      datatype === 14 ? ['real and imaginary', 'real and imaginary'] : ['start the graph', 'end the graph'];
    for (const [wrong, remedy = ''] of [
      [{ ...model, inputs: [x] }, remedies[0]],
      [{ ...model, outputs: [y] }, remedies[1]],
    ] as [ModelSpec, string | undefined][]) {
      await expectRefused(wrong, 'UnsupportedValueType', 'UnsupportedDatatype');
      const verdict = await inspect(wrong);
      const messages = verdict.ok ? '' : verdict.findings.map(({ message }) => message).join();
      expect(messages).toContain(remedy);
    }
  });

  it.each(['sequence', 'optional', 'sparse', 'zipmap'] as const)('refuses a %s that no ZipMap made', async (kind) => {
    const model = withNode('Identity', ['X']);
    const output = { name: 'Y', datatype: 'FP32' as const, kind };
    await expectRefused({ ...model, outputs: [output] }, 'UnsupportedValueType', 'NonTensorOutput');
    await expectRefused({ ...model, inputs: [{ ...output, name: 'X' }] }, 'UnsupportedValueType', 'NonTensorInput');
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
    const nodes = [
      { op: 'Relu', inputs: ['valueOf'], outputs: ['__proto__'] },
      { op: 'Relu', inputs: ['__proto__'], outputs: ['constructor'] },
    ];
    const verdict = await inspect({
      inputs: [{ name: 'valueOf', datatype: 'FP32', shape: ['toString'] }],
      outputs: [{ name: 'constructor', datatype: 'FP32' }],
      nodes,
      opset: { 'ai.onnx': 17, hasOwnProperty: 1 },
    });
    expect(verdict).toMatchObject({
      ok: true,
      summary: { inputs: [{ name: 'valueOf', symbolicDims: ['toString'] }] },
    });
    await expectRefused(withNode('toString', ['X']), 'UnsupportedOperator', 'UnknownOperator');
  });

  it.each([
    ['i'.repeat(257), 'has more than 256 characters'],
    ['\u{1f600}'.repeat(257), 'has more than 256 characters'],
    ['__proto__', 'is one that the runtime loses'],
  ])('refuses a tensor name that no manifest can hold, with the reason: %#', async (name, why) => {
    const model = { ...withNode('Relu', ['X']), nodes: [{ op: 'Relu', inputs: ['X'], outputs: [name] }] };
    const verdict = await inspect({ ...model, outputs: [{ name, datatype: 'FP32' }] });
    expect(verdict).toMatchObject({ ok: false, reason: 'InvalidModel' });
    expect(verdict).toMatchObject({ message: expect.stringContaining(why) });
  });
});
