import { expect, test } from 'vitest';
import { encodeTexts } from '../tensor/encode-texts.ts';
import { expectOutputs, judgeVector } from '../tensor/judge-vector.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { readVectorBytes } from './vector-bytes.ts';
import { decodeVectorFile, encodeVectorFile } from './vector-file.ts';

const floats = (name: string, shape: number[], values: number[]): Tensor => ({
  ...{ name, datatype: 'FP32', shape },
  data: new Uint8Array(Float32Array.from(values).buffer),
});
const texts: Tensor = { name: 't', datatype: 'BYTES', shape: [2], data: encodeTexts(['a', 'ü']) };
const half = Array.from({ length: 4096 }, () => 0.5);
const read = (file: Uint8Array) => readVectorBytes({ name: 'v', file: 'v.bin', rtol: 0, atol: 0 }, file);

test('what is written is read back, bit by bit', () => {
  const odd = [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1, 2, 3, 4];
  const tensors = { inputs: [floats('x', [3, 3], odd), texts], outputs: [floats('y', [0, 4], [])] };
  expect(decodeVectorFile(encodeVectorFile(tensors))).toEqual(tensors);
});

test('data that repeats itself is kept once, and is whole again when it is read', () => {
  const tensors = { inputs: [floats('x', [64, 64], half)], outputs: [floats('y', [1], [1])] };
  const file = encodeVectorFile(tensors);
  expect(file.length).toBeLessThan(250);
  expect(decodeVectorFile(file)).toEqual(tensors);
});

test('a vector in a binary file is called and judged as one in JSON', () => {
  const vector = read(encodeVectorFile({ inputs: [floats('x', [2], [1, 0.1])], outputs: [floats('y', [1], [2])] }));
  expect(new TextDecoder().decode(vector?.inputs)).toBe('{"x":[1,0.1]}');
  const specs = [{ name: 'y', datatype: 'FP32' as const, shape: [-1] }];
  const judge = (answer: unknown) =>
    judgeVector(expectOutputs(specs, vector as never), new TextEncoder().encode(JSON.stringify(answer))).fault;
  expect([judge({ y: [2] }), judge({ y: [3] })]).toEqual([null, 'difference']);
  expect(expectOutputs([{ name: 'y', datatype: 'INT64', shape: [-1] }], vector as never)).toContain('`y` is FP32 [1]');
});

/** A file with this head, and what follows it. */
function forged(head: unknown, data = new Uint8Array(8)): Uint8Array {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from('callable.vector/v1\n'), length, text, data]);
}
const x = { name: 'x', datatype: 'FP32', shape: [2], bytes: 8 };

test.each<[string, unknown]>([
  ['no JSON', '{'],
  ['no lists', {}],
  ['a list of nothing', { inputs: [null], outputs: [] }],
  ['a datatype nobody knows', { inputs: [{ ...x, datatype: 'constructor' }], outputs: [] }],
  ['a shape that is none', { inputs: [{ ...x, shape: [-2] }], outputs: [] }],
  ['a rank beyond all', { inputs: [{ ...x, shape: Array(17).fill(1), bytes: 4 }], outputs: [] }],
  [
    'a name twice',
    {
      inputs: [
        { ...x, bytes: 4 },
        { ...x, bytes: 4 },
      ],
      outputs: [],
    },
  ],
  ['more data than its shape takes', { inputs: [{ ...x, shape: [1] }], outputs: [] }],
  ['a part of an element', { inputs: [{ ...x, bytes: 6 }], outputs: [] }],
  ['less data than it says', { inputs: [{ ...x, shape: [3], bytes: 12 }], outputs: [] }],
  ['data nobody declares', { inputs: [{ ...x, bytes: 4 }], outputs: [] }],
  ['texts that run past their end', { inputs: [{ ...x, datatype: 'BYTES' }], outputs: [] }],
])('attack by a file with %s: it is no vector', (_case, head) => {
  expect(read(forged(head, Uint8Array.of(9, 0, 0, 0, 9, 0, 0, 0)))).toBeNull();
});

test('attack by a few bytes that would repeat themselves into gigabytes: refused before any memory is taken', () => {
  for (const shape of [[2 ** 31], [2 ** 31, 2 ** 31, 2 ** 31], [7 * 2 ** 20]])
    expect(read(forged({ inputs: [{ ...x, shape }], outputs: [] }))).toBeNull();
  const many = Array.from({ length: 1024 }, (_, at) => ({ ...x, name: `x${at}`, shape: [2 ** 20], bytes: 0 }));
  expect(read(forged({ inputs: many, outputs: [] }))).toBeNull();
  expect(read(forged({ inputs: Array(1025).fill(x), outputs: [] }))).toBeNull();
  expect(read(forged({ inputs: [{ ...x, shape: [2 ** 30, 0], bytes: 0 }], outputs: [] }, new Uint8Array()))).toBeNull();
});

test('attack by inputs that no gateway takes as JSON: they are no vector', () => {
  const long = floats('x', [2 ** 22], Array(2 ** 22).fill(-1.2345679e-30));
  expect(read(encodeVectorFile({ inputs: [long], outputs: [] }))).toBeNull();
});
