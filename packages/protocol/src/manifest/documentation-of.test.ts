import { expect, test } from 'vitest';
import { documentationOf, madeUpExample } from './documentation-of.ts';
import type { Manifest } from './manifest.ts';

const whole = {
  name: 'iris',
  license: 'Apache-2.0',
  summary: 'Tells three kinds of iris apart by four lengths.',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4], description: 'four lengths in cm', axes: ['flowers', null] }],
  outputs: [{ name: 'y', datatype: 'INT64', shape: [-1], labels: ['setosa'], axes: ['flowers'] }],
  vectors: [{ name: 'example', inputs: { x: [[5.1, 3.5, 1.4, 0.2]] }, outputs: { y: [0] }, rtol: 0, atol: 0 }],
} as unknown as Manifest;
const missing = (change: Partial<Manifest>) =>
  documentationOf({ ...whole, ...change }).missing.map(({ point }) => point);
const input = (change: object) => ({ inputs: [{ ...whole.inputs[0]!, ...change }] });

test('a release that says all five is documented, and each point names what is missing and what adds it', () => {
  expect(documentationOf(whole)).toEqual({ has: 5, of: 5, missing: [] });
  const bare = documentationOf({
    ...whole,
    license: '',
    summary: '',
    vectors: [],
    ...input({ description: 'x', axes: [] }),
  });
  expect(bare.has).toBe(0);
  for (const { message, next } of bare.missing) {
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(next).toMatch(/callable/);
  }
});

test.each([
  ['its own name as its description', input({ description: 'X' }), ['inputs']],
  ['an axis the exporter named', input({ axes: ['unk__0', null] }), ['axes']],
  ['an axis without a name', input({ axes: undefined }), ['axes']],
  ['a licence that is none', { license: 'unknown' }, ['licence']],
  ['a summary of a word', { summary: 'iris' }, ['summary']],
])('attack: %s is no documentation', (_, change, points) => {
  expect(missing(change as Partial<Manifest>)).toEqual(points);
});

test.each([
  ['made from the shapes', { name: madeUpExample }],
  ['zeros', { inputs: { x: [[0, 0, 0, 0]] } }],
  ['no text', { inputs: { x: [''] } }],
])('an example of %s shows nobody what to send', (_, change) => {
  expect(missing({ vectors: [{ ...whole.vectors[0]!, ...change }] as Manifest['vectors'] })).toEqual(['example']);
});

test('one number is an example of a model that takes one', () => {
  expect(missing({ vectors: [{ ...whole.vectors[0]!, inputs: { x: [[7]] } }] as Manifest['vectors'] })).toEqual([]);
});

test('axes that are fixed need no name', () => {
  expect(missing(input({ shape: [1, 4], axes: undefined }))).toEqual([]);
});
