import { createRequire } from 'node:module';
import { measuredWith } from '@callable/formats';
import { buildModel, type NodeSpec, type ValueSpec } from '@callable/formats/build';
import { InferenceSession } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { pinnedWasm } from '../../onnx/pinned-wasm.ts';
import { explainLoad } from './explain-error.ts';

type OneNode = { opset: number | Record<string, number>; node: NodeSpec; datatypes: ValueSpec['datatype'][] };

/** What a publisher is told of a model of one node that the runtime does not load. */
async function told({ opset, node, datatypes }: OneNode) {
  const inputs = node.inputs.map((name, index) => ({ name, datatype: datatypes[index] ?? 'FP32' }));
  const outputs = node.outputs.map((name) => ({ name, datatype: datatypes.at(-1) ?? 'FP32' }));
  try {
    const model = buildModel({ opset, inputs, outputs, nodes: [node] });
    await (await InferenceSession.create(model, { logSeverityLevel: 4 })).release();
    return null;
  } catch (error) {
    return explainLoad(error, '/nowhere');
  }
}

const relu = (name: string): NodeSpec => ({ op: 'Relu', name, inputs: ['x'], outputs: ['y'] });
const align = { op: 'RoiAlign', name: '', inputs: ['x', 'rois', 'batch'], outputs: ['y'] };
const aligned = (opset: number): OneNode => ({ opset, node: align, datatypes: ['FP32', 'FP32', 'INT64', 'FP32'] });

it('says which opset has the kernel: RoiAlign is there up to 21', async () => {
  expect(await told(aligned(21))).toBeNull();
  expect(await told(aligned(22))).toEqual({
    reason: 'KernelMissing',
    message: 'The runtime has RoiAlign, but not of opset 22, only of 10 to 21: export with opset ≤ 21.',
  });
});

it('says which opset an operator needs that is too old', async () => {
  expect((await told({ opset: 1, node: relu('first'), datatypes: ['FP32'] }))?.message).toBe(
    'The runtime has Relu, but not of opset 1 (node "first"), only of 6 to 26: export with opset ≥ 6.',
  );
});

it('says which element types have the kernel, where the opset is not at fault', async () => {
  const { reason, message } = (await told({ opset: 17, node: relu('r'), datatypes: ['INT64', 'INT64'] })) ?? {};
  // The definition of ReLU allows INT64 since 14.
  expect(reason).toBe('KernelMissing');
  expect(message).toBe(
    'The runtime has Relu of opset 14 for FLOAT, INT8, INT32, FLOAT16, DOUBLE, but not for the element types of this model (node "r"): put a Cast to one of these before it.',
  );
});

it('an operator nobody registered stays what it was, and so does a text that only looks like it', () => {
  const of = (text: string) => explainLoad(new Error(text), '/x').reason;
  expect(of('Fatal error: my.domain:Thing(-1) is not a registered function/op')).toBe('UnsupportedOperator');
  expect(of("Could not find an implementation for com.example.Thing(1) node with name ''")).toBe('UnsupportedOperator');
  expect(of("Could not find an implementation for constructor(1) node with name ''")).toBe('UnsupportedOperator');
});

/** The tables say what these very releases run; `node scripts/write-operators.mjs` measures anew. */
it('the tables of kernels were measured with the installed runtimes', () => {
  const require = createRequire(import.meta.url);
  const { version } = require('onnxruntime-node/package.json') as { version: string };
  expect(measuredWith).toMatchObject({ native: version, wasm: pinnedWasm.version });
});
