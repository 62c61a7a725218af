import { expect, test } from 'vitest';
import { compareOutputs } from './compare-outputs.ts';
import { readOutputs } from './read-outputs.ts';

const outputs = [
  { name: 'y', datatype: 'FP32' as const, shape: [1, 2] },
  { name: 'label', datatype: 'BYTES' as const, shape: [-1] },
];
const manifest = { outputs };
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const plain = (value: unknown) => readOutputs(encode(value), { encoding: 'plain', manifest });
const oip = (value: unknown) => readOutputs(encode(value), { encoding: 'oip', manifest });

test.each([
  [
    'more rows',
    [
      [1, 2],
      [3, 4],
    ],
    [2, 2],
  ],
  ['another rank', [[[1]], [[2]]], [2, 1, 1]],
  ['a scalar', 7, []],
  ['no rows', [], [0]],
])('an answer of %s than the manifest knows is read: one run cannot tell every shape', (_case, y, shape) => {
  expect(plain({ y, label: ['a'] })).toMatchObject([{ name: 'y', shape }, { name: 'label' }]);
});

test('the same in the Open Inference Protocol, where an answer says its shapes', () => {
  const y = { name: 'y', datatype: 'FP32', shape: [3, 1, 1], data: [1, 2, 3] };
  expect(oip([y])).toMatchObject([{ name: 'y', shape: [3, 1, 1] }]);
  expect(oip([{ ...y, shape: [2, 2] }])).toBeNull();
  expect(oip([{ ...y, shape: 'wide' }])).toBeNull();
  expect(oip([{ ...y, datatype: 'INT64' }])).toBeNull();
});

test('an audit of such an answer compares it, and accuses nobody', () => {
  const honest = encode({ y: [[1], [2]], label: ['a'] });
  const spaced = new TextEncoder().encode('{"y": [[1.0], [2.0]], "label": ["a"]}');
  const written = { encoding: 'plain' as const, manifest };
  expect(compareOutputs(honest, spaced, written).difference).toBe(0);
  expect(compareOutputs(honest, encode({ y: [[1], [4]], label: ['a'] }), written).difference).toBe(1);
  expect(compareOutputs(honest, encode({ y: [[1, 2]], label: ['a'] }), written).difference).toBe(
    Number.POSITIVE_INFINITY,
  );
});

test.each([
  ['a text for a number', { y: [['one']], label: ['a'] }],
  ['rows of different lengths', { y: [[1], [1, 2]], label: ['a'] }],
  ['an output too few', { y: [[1, 2]] }],
  ['seventeen axes', { y: JSON.parse(`${'['.repeat(17)}1${']'.repeat(17)}`), label: ['a'] }],
])('attack: an answer with %s is none', (_case, answer) => {
  expect(plain(answer)).toBeNull();
});
