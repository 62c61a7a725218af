import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel, type ModelSpec } from '../build/build-model.ts';
import { inspectModel, type OnnxSummary } from './inspect-model.ts';

/** Y = X * W + B */
const linear: ModelSpec = {
  graphName: 'linear',
  producer: 'test',
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['N', 2] }],
  outputs: [{ name: 'Y', datatype: 'FP32', shape: ['N', 1] }],
  nodes: [
    { op: 'MatMul', inputs: ['X', 'W'], outputs: ['XW'] },
    { op: 'Add', inputs: ['XW', 'B'], outputs: ['Y'] },
  ],
  initializers: [
    { name: 'W', datatype: 'FP32', shape: [2, 1], values: [0.5, 2] },
    { name: 'B', datatype: 'FP32', shape: [1], raw: new Uint8Array(4) },
  ],
};

async function summaryOf(spec: ModelSpec, files?: { path: string; size: number }[]): Promise<OnnxSummary> {
  const verdict = await inspectModel(bytesSource(buildModel(spec)), files ? { files } : {});
  if (!verdict.ok) throw new Error(`${verdict.reason}: ${verdict.message}`);
  return verdict.summary;
}

describe('inspectModel', () => {
  it('reads what a caller needs to know from the bytes', async () => {
    const summary = await summaryOf(linear);
    expect(summary).toEqual({
      irVersion: 8,
      opsets: { 'ai.onnx': 17 },
      producer: { name: 'test', version: '' },
      graphName: 'linear',
      inputs: [
        {
          name: 'X',
          datatype: 'FP32',
          onnxType: 'tensor(FLOAT)',
          kind: 'tensor',
          shape: [-1, 2],
          symbolicDims: ['N', null],
          rankKnown: true,
        },
      ],
      outputs: [expect.objectContaining({ name: 'Y', datatype: 'FP32', shape: [-1, 1] })],
      operators: { MatMul: 1, Add: 1 },
      initializerBytes: { declared: 12, present: 12, external: 0 },
      externalFiles: [],
      estimatedMemoryBytes: 12 + 8 + 4,
      maxNestingDepth: 0,
      nodeCount: 2,
      flags: {
        hasLoops: false,
        controlFlow: [],
        nonDeterministicOps: [],
        mixedSignInt8: false,
        localFunctions: 0,
        hasZipMap: false,
      },
      findings: [],
    });
  });

  it('does not take an initialiser that is also listed as input for an input', async () => {
    const summary = await summaryOf({
      ...linear,
      inputs: [...linear.inputs, { name: 'W', datatype: 'FP32', shape: [2, 1] }],
    });
    expect(summary.inputs.map(({ name }) => name)).toEqual(['X']);
  });

  it('keeps names with spaces and letters of any script', async () => {
    const name = 'Größe (größer als vorher, in Zentimetern) 日本 1x4 Input';
    const summary = await summaryOf({
      inputs: [{ name, datatype: 'BYTES', shape: [1] }],
      outputs: [{ name: 'ä', datatype: 'BYTES' }],
      nodes: [{ op: 'Identity', inputs: [name], outputs: ['ä'] }],
    });
    expect(summary.inputs[0]?.name).toBe(name);
    expect(summary.outputs[0]).toMatchObject({ name: 'ä', datatype: 'BYTES', rankKnown: false, shape: [] });
  });

  it('counts operators and depth through subgraphs, and lets them use outer values', async () => {
    const branch = (op: string): ModelSpec => ({
      inputs: [],
      outputs: [{ name: `${op}_out`, datatype: 'FP32' }],
      nodes: [{ op, inputs: ['X'], outputs: [`${op}_out`] }],
    });
    const summary = await summaryOf({
      inputs: [
        { name: 'X', datatype: 'FP32', shape: [1] },
        { name: 'C', datatype: 'BOOL', shape: [] },
      ],
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [1] }],
      nodes: [
        {
          op: 'If',
          inputs: ['C'],
          outputs: ['Y'],
          attributes: { then_branch: { graph: branch('Relu') }, else_branch: { graph: branch('Neg') } },
        },
      ],
    });
    expect(summary.operators).toEqual({ If: 1, Relu: 1, Neg: 1 });
    expect(summary).toMatchObject({
      maxNestingDepth: 1,
      nodeCount: 3,
      flags: { hasLoops: false, controlFlow: ['If'] },
    });
  });

  it('accepts functions the model brings along, under a domain of their own', async () => {
    const summary = await summaryOf({
      inputs: [{ name: 'X', datatype: 'FP32', shape: [1] }],
      outputs: [{ name: 'Y', datatype: 'FP32', shape: [1] }],
      nodes: [{ op: 'Twice', domain: 'own', inputs: ['X'], outputs: ['Y'] }],
      opset: { 'ai.onnx': 17, own: 1 },
      functions: [
        {
          domain: 'own',
          name: 'Twice',
          inputs: ['a'],
          outputs: ['b'],
          nodes: [{ op: 'Add', inputs: ['a', 'a'], outputs: ['b'] }],
        },
      ],
    });
    expect(summary.operators).toEqual({ 'own.Twice': 1, Add: 1 });
    expect(summary.flags.localFunctions).toBe(1);
  });

  it('lists the ranges of external files that are part of the upload', async () => {
    const external = { location: 'data/weights.bin', offset: 8, length: 8 };
    const spec: ModelSpec = {
      ...linear,
      initializers: [
        { name: 'W', datatype: 'FP32', shape: [2, 1], external },
        ...(linear.initializers?.slice(1) ?? []),
      ],
    };
    const summary = await summaryOf(spec, [{ path: 'data/weights.bin', size: 16 }]);
    expect(summary.externalFiles).toEqual([external]);
    expect(summary.initializerBytes).toEqual({ declared: 12, present: 4, external: 8 });
  });

  it('counts memory the graph makes from constants, not only what the file carries', async () => {
    const summary = await summaryOf({
      inputs: [{ name: 'X', datatype: 'FP32', shape: [1] }],
      outputs: [{ name: 'Y', datatype: 'FP32' }],
      nodes: [
        { op: 'ConstantOfShape', inputs: ['shape'], outputs: ['big'] },
        { op: 'Add', inputs: ['X', 'big'], outputs: ['Y'] },
      ],
      initializers: [{ name: 'shape', datatype: 'INT64', shape: [2], values: [1000, 1000] }],
    });
    expect(summary.estimatedMemoryBytes).toBeGreaterThanOrEqual(4_000_000);
    expect(summary.estimatedMemoryBytes).toBeLessThan(4_000_100);
  });

  it('warns about random operators, ZipMap, missing shapes and old opsets without refusing', async () => {
    const summary = await summaryOf({
      inputs: [{ name: 'X', datatype: 'FP32' }],
      outputs: [
        { name: 'R', datatype: 'FP32' },
        { name: 'P', datatype: 'FP32', kind: 'zipmap' },
      ],
      nodes: [
        { op: 'RandomNormalLike', inputs: ['X'], outputs: ['R'] },
        { op: 'ZipMap', domain: 'ai.onnx.ml', inputs: ['X'], outputs: ['P'] },
      ],
      opset: { 'ai.onnx': 6 },
    });
    expect(summary.findings.map(({ code }) => code).sort()).toEqual([
      'MissingOpset',
      'NonDeterministic',
      'OldOpset',
      'UnknownRank',
      'ZipMapOutput',
    ]);
    expect(summary.flags).toMatchObject({ nonDeterministicOps: ['RandomNormalLike'], hasZipMap: true });
    expect(summary.outputs[1]).toMatchObject({ kind: 'sequence', datatype: null });
  });

  it('warns where unsigned activations meet signed 8-bit weights', async () => {
    const model = (weight: 'INT8' | 'UINT8'): ModelSpec => ({
      inputs: [{ name: 'X', datatype: 'UINT8', shape: [1, 1] }],
      outputs: [{ name: 'Y', datatype: 'INT32', shape: [1, 1] }],
      nodes: [{ op: 'MatMulInteger', inputs: ['X', 'W'], outputs: ['Y'] }],
      initializers: [{ name: 'W', datatype: weight, shape: [1, 1], values: [1] }],
    });
    expect((await summaryOf(model('INT8'))).flags.mixedSignInt8).toBe(true);
    expect((await summaryOf(model('UINT8'))).flags.mixedSignInt8).toBe(false);
  });

  it('throws what the source throws, and stops when told to', async () => {
    const broken = { size: 1000, read: async () => Promise.reject(new Error('disk gone')) };
    await expect(inspectModel(broken)).rejects.toThrow('disk gone');
    const short = { size: 1000, read: async () => new Uint8Array(3) };
    await expect(inspectModel(short)).rejects.toThrow(/answered 3 bytes/);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(inspectModel(bytesSource(buildModel(linear)), { signal })).rejects.toThrow('enough');
  });
});
