import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { checkSignature } from '../check-signature.ts';
import { openSession } from './open-session.ts';

/** A session that is only asked what it takes and gives, and never run. */
function sessionWith(output: InferenceSession.ValueMetadata): InferenceSession {
  const input = { name: 'x', isTensor: true, type: 'float32', shape: ['N', 2] };
  const run = () => Promise.reject(new Error('It was run.'));
  return { run, inputMetadata: [input], outputMetadata: [output] } as unknown as InferenceSession;
}

const spec = (name: string) => ({ name, datatype: 'FP32' as const, shape: [-1, 2] });
const misfitOf = (output: InferenceSession.ValueMetadata) =>
  checkSignature(
    openSession(sessionWith(output), class {} as unknown as typeof Tensor).signature,
    [spec('x')],
    [spec('y')],
  );

it.each(['int4', 'uint4', 'bfloat16', 'float8e4m3fn', 'complex64', 'undefined', 'toString'])(
  'adversary: an output of %s is refused before anybody reads it',
  (type) => {
    const output = { name: 'y', isTensor: true, type, shape: ['N', 2] } as unknown as InferenceSession.ValueMetadata;
    expect(misfitOf(output)).toBe(
      `The output \`y\` is ${type} (which cannot be called) [-1,2] in the graph, but FP32 [-1,2] in the manifest.`,
    );
  },
);

it('adversary: an output that is no tensor is refused; the same as FP32 is taken', () => {
  expect(misfitOf({ name: 'y', isTensor: false })).toContain('no tensor');
  expect(misfitOf({ name: 'y', isTensor: true, type: 'float32', shape: ['N', 2] })).toBeNull();
});
