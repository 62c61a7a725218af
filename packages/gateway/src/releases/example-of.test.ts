import { createReleaseView } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { exampleOf } from './example-of.ts';

const { manifest } = createReleaseView();

test("the publisher's first vector, in the encoding of the door", () => {
  expect(exampleOf(manifest, 'plain')).toEqual({ X: [[1, 2]] });
  expect(exampleOf(manifest, 'oip')).toEqual({
    inputs: [{ name: 'X', shape: [1, 2], datatype: 'FP32', data: [[1, 2]] }],
  });
});

test('without an inline vector one is made from the shapes, open dimensions as one', () => {
  const inputs: typeof manifest.inputs = [
    { name: 'X', datatype: 'FP32', shape: [-1, 2] },
    { name: 'text', datatype: 'BYTES', shape: [1] },
    { name: 'flag', datatype: 'BOOL', shape: [] },
    { name: 'n', datatype: 'INT64', shape: [1] },
  ];
  const vectors = [{ name: 'large', file: 'v.json', rtol: 0, atol: 0 }];
  expect(exampleOf({ ...manifest, inputs, vectors }, 'plain')).toEqual({
    X: [[0.5, 0.5]],
    text: ['text'],
    flag: true,
    n: [1],
  });
});

test('attack by a publisher: an example that would be huge is left out', () => {
  const inputs: typeof manifest.inputs = [{ name: 'X', datatype: 'FP32', shape: [2 ** 31, 2 ** 31, 2 ** 31] }];
  expect(exampleOf({ ...manifest, inputs, vectors: [] }, 'plain')).toBeNull();
  const vectors = [{ name: 'v', inputs: { X: 'x'.repeat(60_000) }, outputs: {}, rtol: 0, atol: 0 }];
  expect(exampleOf({ ...manifest, inputs, vectors }, 'plain')).toBeNull();
});
