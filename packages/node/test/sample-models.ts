import { buildModel } from '@callable/formats/build';
import type { Manifest } from '@callable/protocol';
import { testModel } from '@callable/test-engine';
import { describeRelease } from './describe-release.ts';

export type SampleRelease = { manifest: Manifest; files: Uint8Array[] };

/** y = 2x, with a vector that says so. */
export function doublingRelease(more: Partial<Manifest> = {}): SampleRelease {
  const model = buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n'] }],
    nodes: [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'] }],
    initializers: [{ name: 'two', datatype: 'FP32', shape: [], values: [2] }],
  });
  const vectors = [{ name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 5] }, rtol: 1e-4, atol: 1e-6 }];
  return { manifest: describeRelease({ 'model.onnx': model }, { vectors, ...more }), files: [model] };
}

/** y = 2x of the toy format, with what these lines do beside, such as `13 exit`. Its vector says so. */
export function toyRelease(name: string, lines: readonly string[], more: Partial<Manifest> = {}): SampleRelease {
  const model = testModel('scale 2', ...lines);
  const vectors = [{ name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 5] }, rtol: 1e-4, atol: 1e-6 }];
  const fields = { format: 'test' as Manifest['format'], vectors, name: name as Manifest['name'], ...more };
  return { manifest: describeRelease({ 'model.test': model }, fields), files: [model] };
}

/** More steps than a machine takes before any deadline of a test. No call takes more, whatever it asks for. */
export const mostSteps = 30_000_000;

/** Adds 1 to x as often as `times` says, at most `mostSteps` times: a caller chooses how long that takes. */
export function loopingRelease(): SampleRelease {
  const scalar = (name: string, datatype: 'INT64' | 'FP32' | 'BOOL') => ({ name, datatype, shape: [] });
  const inputs = [scalar('times', 'INT64'), scalar('x', 'FP32')] as const;
  const outputs = [scalar('y', 'FP32')];
  const body = {
    inputs: [scalar('i', 'INT64'), scalar('go', 'BOOL'), scalar('before', 'FP32')],
    outputs: [scalar('goOn', 'BOOL'), scalar('after', 'FP32')],
    nodes: [
      { op: 'Identity', inputs: ['go'], outputs: ['goOn'] },
      { op: 'Add', inputs: ['before', 'step'], outputs: ['after'] },
    ],
    initializers: [{ name: 'step', datatype: 'FP32' as const, shape: [], values: [1] }],
  };
  const model = buildModel({
    inputs,
    outputs,
    initializers: [{ name: 'most', datatype: 'INT64', shape: [], values: [mostSteps] }],
    nodes: [
      { op: 'Min', inputs: ['times', 'most'], outputs: ['steps'] },
      { op: 'Loop', inputs: ['steps', '', 'x'], outputs: ['y'], attributes: { body: { graph: body } } },
    ],
  });
  const vectors = [{ name: 'three', inputs: { times: 3, x: 1 }, outputs: { y: 4 }, rtol: 0, atol: 0 }];
  const tensors = { inputs: [...inputs], outputs };
  const manifest = describeRelease({ 'model.onnx': model }, { ...tensors, vectors, name: 'loop' as never });
  return { manifest, files: [model] };
}
