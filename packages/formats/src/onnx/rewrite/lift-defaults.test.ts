import { expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel, type ModelSpec } from '../build/build-model.ts';
import { onnxFormat } from '../onnx-format.ts';

const model = (more: Partial<ModelSpec> = {}) =>
  buildModel({
    inputs: [
      { name: 'x', datatype: 'FP32', shape: ['n', 3] },
      { name: 'w', datatype: 'FP32', shape: [3] },
    ],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', 3] }],
    nodes: [{ op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', datatype: 'FP32', shape: [3], values: [0.1, 2, 3] }],
    ...more,
  });

async function lift(bytes: Uint8Array) {
  const rewrite = await onnxFormat.rewrite?.(bytesSource(bytes), {});
  const verdict = rewrite && (await onnxFormat.inspect(rewrite.source));
  if (!rewrite || !verdict?.ok) throw new Error('The model is refused.');
  return { ...rewrite, inputs: verdict.summary.inputs.map(({ name }) => name) };
}

it('an input with a stored value can be set, and has it as its default', async () => {
  const { inputs, defaults, notices } = await lift(model());
  expect(inputs).toEqual(['x', 'w']);
  expect(defaults).toEqual(new Map([['w', [0.1, 2, 3]]]));
  expect(notices[0]).toContain('callers may set it');
});

it.each<[string, Partial<ModelSpec>]>([
  [
    'weights that an exporter listed',
    { initializers: [{ name: 'w', datatype: 'FP32', shape: [3, 4000], raw: new Uint8Array(48_000) }] },
  ],
  ['initialisers that an early version had to list', { irVersion: 3 }],
])('%s stay in the graph', async (_, more) => {
  const { inputs, defaults } = await lift(model(more));
  expect([inputs, defaults.size]).toEqual([['x'], 0]);
});
