import { describe, expect, it } from 'vitest';
import { type ByteSource, bytesSource } from '../../bytes-source.ts';
import { buildModel, type ModelSpec, type NodeSpec } from '../build/build-model.ts';
import { inspectModel } from '../inspect/inspect-model.ts';
import { bytesField, integerField, joined, textField } from '../wire/encode-field.ts';
import { lowerVersions } from './lower-versions.ts';

const node = (op: string, more: Partial<NodeSpec> = {}): NodeSpec => ({ op, inputs: ['X'], outputs: ['Y'], ...more });
const value = { datatype: 'FP32', shape: [1] } as const;
const spec = (more: Partial<ModelSpec> = {}): ModelSpec => ({
  inputs: [{ ...value, name: 'X' }],
  outputs: [{ ...value, name: 'Y' }],
  nodes: [node('Relu')],
  opset: 28,
  irVersion: 14,
  ...more,
});
const whole = (source: ByteSource) => source.read(0, source.size);
async function lowered(bytes: Uint8Array) {
  const made = await lowerVersions(bytesSource(bytes), {});
  return made && { ...made, bytes: await whole(made.source) };
}

const branch = (op: string) => ({
  graph: { inputs: [], outputs: [{ ...value, name: 'b' }], nodes: [node(op, { outputs: ['b'] })] },
});
const branches = (op: string) => node('If', { attributes: { then_branch: branch('Relu'), else_branch: branch(op) } });
const localFunction = (op: string, opset: ModelSpec['opset'] = 28) => ({
  domain: 'own',
  name: 'BitShift',
  inputs: ['X'],
  outputs: ['Y'],
  nodes: [node(op)],
  opset,
});

describe('lowerVersions', () => {
  it('changes the numbers and no other byte', async () => {
    const weights = { name: 'W', datatype: 'FP32', shape: [1], raw: new Uint8Array([1, 2, 3, 4]) } as const;
    const functions = [localFunction('Relu')];
    const of = (opset: number, irVersion: number) =>
      spec({
        opset: { 'ai.onnx': opset, own: 1 },
        irVersion,
        initializers: [weights],
        functions: [{ ...functions[0]!, opset: { 'ai.onnx': opset, own: 1 } }],
        nodes: [node('BitShift', { domain: 'own' })],
      });
    const extra = joined([textField(6, 'words'), bytesField(14, [textField(1, 'key'), textField(2, 'value')])]);
    const made = await lowered(joined([buildModel(of(28, 14)), extra]));
    expect(made?.bytes).toEqual(joined([buildModel(of(26, 13)), extra]));
    expect(await inspectModel(bytesSource(made!.bytes))).toMatchObject({ ok: true, summary: { irVersion: 13 } });
    expect(made?.notice).toContain('opset 28 became 26 and IR version 14 became 13');
    expect(await lowered(made!.bytes)).toBeNull();
  });

  it('looks into graphs of nodes and into functions before it says that all is unchanged', async () => {
    expect(await lowered(buildModel(spec({ nodes: [branches('BitShift')] })))).toBeNull();
    expect((await lowered(buildModel(spec({ nodes: [branches('Add')] }))))?.notice).toContain('became 26');
    const calls = { nodes: [node('BitShift', { domain: 'own' })], opset: { 'ai.onnx': 28, own: 1 } };
    expect(await lowered(buildModel(spec({ ...calls, functions: [localFunction('BitShift')] })))).toBeNull();
    expect((await lowered(buildModel(spec({ ...calls, functions: [localFunction('Add')] }))))?.notice).toContain(
      'became 26',
    );
  });

  it('attributes count: a new one is no old operator', async () => {
    const blocks = (attributes: NonNullable<NodeSpec['attributes']>) =>
      buildModel(spec({ nodes: [node('SpaceToDepth', { attributes })] }));
    expect((await lowered(blocks({ blocksize: { int: 2 } })))?.notice).toContain('became 26');
    expect(await lowered(blocks({ blocksize: { int: 2 }, mode: { text: 'CRD' } }))).toBeNull();
  });

  it('a large number that takes more bytes than the new one leaves a whole model', async () => {
    const padded = joined([Uint8Array.of(8, 0x8e, 0x80, 0), buildModel(spec()).subarray(2)]);
    const made = await lowered(padded);
    expect(made?.bytes).toEqual(buildModel(spec({ opset: 26, irVersion: 13 })));
  });

  it('nothing is read of the weights', async () => {
    const raw = new Uint8Array(4 * 2 ** 20);
    const tensor = { name: 'W', datatype: 'FP32', shape: [2 ** 20], raw } as const;
    const inner = bytesSource(buildModel(spec({ initializers: [tensor] })));
    let read = 0;
    const counted = {
      size: inner.size,
      read: (offset: number, length: number) => {
        read += length;
        return inner.read(offset, length);
      },
    };
    expect(await lowerVersions(counted, {})).not.toBeNull();
    expect(read).toBeLessThan(300_000);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a text', new TextEncoder().encode('not a model')],
    ['a model that nodes run', buildModel(spec({ opset: 17, irVersion: 8 }))],
    ['an import without a version', joined([integerField(1, 8), bytesField(8, textField(1, ''))])],
    ['a model without a graph', joined([integerField(1, 8), bytesField(8, integerField(2, 17))])],
  ])('%s stays as it is', async (_, bytes) => {
    expect(await lowered(bytes)).toBeNull();
  });
});
