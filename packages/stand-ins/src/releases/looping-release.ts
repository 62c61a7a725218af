import { buildModel } from '@callable/formats/build';
import { createRelease } from './create-release.ts';
import type { Release, ReleaseFields } from './release.ts';

const scalar = (name: string, datatype: 'INT64' | 'FP32' | 'BOOL') => ({ name, datatype, shape: [] });

/** More steps than a machine takes before any deadline of a test. No call takes more, whatever it asks for. */
export const mostSteps = 30_000_000;

/** Adds 1 to x as often as `times` says, at most `mostSteps` times. */
export function loopingRelease(fields: ReleaseFields = {}): Release {
  const inputs = [scalar('times', 'INT64'), scalar('x', 'FP32')];
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
  const vectors = [{ name: 'few', inputs: { times: 3, x: 1 }, outputs: { y: 4 }, rtol: 0, atol: 0 }];
  return createRelease({ 'model.onnx': model }, { name: 'loop', inputs, outputs, vectors, ...fields });
}
