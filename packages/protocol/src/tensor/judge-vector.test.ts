import { expect, test } from 'vitest';
import { readVectorBytes } from '../manifest/vector-bytes.ts';
import { expectOutputs, judgeVector } from './judge-vector.ts';
import { parseOipInputs } from './parse-oip-inputs.ts';
import { parsePlainInputs } from './parse-plain-inputs.ts';
import type { TensorSpec } from './tensor.ts';

const outputs: TensorSpec[] = [
  { name: 'y', datatype: 'FP32', shape: [1] },
  { name: 'label', datatype: 'BYTES', shape: [1] },
];
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const expecting = (recorded: Record<string, unknown>) => {
  const vector = readVectorBytes({ name: 'v', inputs: { x: [1] }, outputs: recorded, rtol: 1e-3, atol: 0 }, null);
  if (!vector) throw new Error('There is no vector.');
  return expectOutputs(outputs, vector);
};
const judge = (recorded: Record<string, unknown>, answered: unknown) =>
  judgeVector(expecting(recorded), encode(answered));

test('an answer within the tolerance is right; what the vector does not name is not looked at', () => {
  expect(judge({ y: [2] }, { y: [2.001], label: ['any'] })).toMatchObject({ fault: null, message: null });
  expect(judge({ y: [2], label: ['a'] }, { y: [2], label: ['a'] })).toEqual({
    fault: null,
    message: null,
    largestDifference: 0,
  });
});

test('an answer that differs says where, and by how much', () => {
  const verdict = judge({ y: [2] }, { y: [3], label: ['a'] });
  expect(verdict).toMatchObject({ fault: 'difference', largestDifference: 1 });
  expect(verdict.message).toContain('expected 2');
  expect(judge({ y: [2] }, { y: ['NaN'], label: ['a'] })).toMatchObject({
    fault: 'difference',
    largestDifference: Number.MAX_VALUE,
  });
});

test.each([
  ['another shape', { y: [[2]], label: ['a'] }],
  ['a text for a number', { y: ['two'], label: ['a'] }],
  ['nothing', {}],
  ['no object', []],
  ['an output of the prototype', JSON.parse('{"__proto__":{"y":[2],"label":["a"]}}')],
])('an answer that is %s does not fit the manifest', (_case, answered) => {
  expect(judge({ y: [2] }, answered).fault).toBe('schema');
});

test('a vector of a random model takes any answer of its types and shapes, and no other', () => {
  const vector = { name: 'v', inputs: { x: [1] }, outputs: { y: [2] }, checks: 'signature' as const, rtol: 0, atol: 0 };
  const bytes = readVectorBytes(vector, null);
  if (!bytes) throw new Error('There is no vector.');
  const random = (answered: unknown) => judgeVector(expectOutputs(outputs, bytes), encode(answered));
  expect(random({ y: [17], label: ['b'] })).toEqual({ fault: null, message: null, largestDifference: 0 });
  expect(random({ y: [17, 18], label: ['b'] }).fault).toBe('schema');
  expect(random({ y: ['x'], label: ['b'] }).fault).toBe('schema');
  expect(random({ y: [17] }).fault).toBe('schema');
});

test('attack by a vector that expects nothing: no answer passes it', () => {
  expect(judge({}, { y: [2], label: ['a'] })).toMatchObject({ fault: 'vector' });
  expect(judge({ other: [2] }, { y: [2], label: ['a'] })).toMatchObject({ fault: 'vector' });
  expect(judge({ y: 'two' }, { y: [2], label: ['a'] })).toMatchObject({ fault: 'vector' });
});

test('attack by a vector nested without end: it is read by nobody', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const vector = { name: 'v', file: 'v.json', rtol: 0, atol: 0 };
  const read = (text: string) => readVectorBytes(vector, new TextEncoder().encode(text));
  expect(read(`{"inputs":{"x":[1]},"outputs":{"y":[2]}}`)).not.toBeNull();
  expect(read(`{"inputs":{"x":${deep}},"outputs":{"y":[2]}}`)).toBeNull();
  expect(read(`{"inputs":{"x":[1]},"outputs":{"y":${deep}}}`)).toBeNull();
  expect(read(`{"inputs":{"x":[1]},"outputs":{"y":[2]}}${' '.repeat(16 * 1024 * 1024)}`)).toBeNull();
});

test('an input that is left out is its default, in plain JSON as in the Open Inference Protocol', () => {
  const specs: TensorSpec[] = [
    { name: 'x', datatype: 'FP32', shape: [1] },
    { name: 'w', datatype: 'FP32', shape: [2], default: [0.5, 2] },
  ];
  const plain = (value: unknown) => parsePlainInputs(encode(value), specs);
  expect(plain({ x: [1] })).toEqual(plain({ x: [1], w: [0.5, 2] }));
  expect(plain({ x: [1], w: [1, 1] })).not.toEqual(plain({ x: [1] }));
  const x = { name: 'x', shape: [1], datatype: 'FP32', data: [1] };
  const oip = parseOipInputs(encode({ inputs: [x] }), specs);
  expect(oip.ok && oip.value.tensors).toEqual(plain({ x: [1] }).ok && (plain({ x: [1] }) as { value: unknown }).value);
  expect(plain({ w: [1, 1] })).toMatchObject({ ok: false, problem: { code: 'MissingInput', input: 'x' } });
});
