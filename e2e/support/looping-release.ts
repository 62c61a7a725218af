import { buildModel } from '@callable/formats/build';
import type { Address } from '@callable/protocol';
import { describeModel, type Release } from './describe-model.ts';

const scalar = (name: string, datatype: 'INT64' | 'FP32' | 'BOOL') => ({ name, datatype, shape: [] });

/** Adds 1 to x as often as `times` says. `vectorTimes` is how often the vector of the release does so. */
export function loopingRelease(publisher: Address, name: string, vectorTimes = 3): Release {
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
    nodes: [{ op: 'Loop', inputs: ['times', '', 'x'], outputs: ['y'], attributes: { body: { graph: body } } }],
  });
  const expected = { times: vectorTimes, x: 1 };
  const vectors = [{ name: 'few', inputs: expected, outputs: { y: 1 + vectorTimes }, rtol: 0, atol: 0 }];
  return describeModel(publisher, name, { 'model.onnx': model }, { inputs, outputs, vectors });
}

/** More steps than a machine does before any deadline of a test, and yet an end. */
export const beyondDeadlines = 10 ** 9;
