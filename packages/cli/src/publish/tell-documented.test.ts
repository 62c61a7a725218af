import type { Manifest } from '@callable/protocol';
import { expect, test } from 'vitest';
import { tellDocumented } from './tell-documented.ts';

const manifest = {
  name: 'iris',
  license: 'MIT',
  summary: 'Tells three kinds of iris apart.',
  inputs: [{ name: 'x\u001b[2J', datatype: 'FP32', shape: [4] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [1], labels: ['setosa'] }],
  vectors: [{ name: 'example', inputs: { x: [1, 2, 3, 4] }, outputs: { y: [0] }, rtol: 0, atol: 0 }],
} as unknown as Manifest;

test('says what is missing and the command that adds it; attack: the name of an input moves no cursor', () => {
  const [first, ...rest] = tellDocumented(manifest);
  expect(first).toMatch(/^Documented 4 of 5/);
  expect(rest).toHaveLength(1);
  expect(rest[0]).toContain('callable.json');
  expect(rest[0]).not.toContain('\u001b');
});

test('is one line where nothing is missing', () => {
  const inputs = [{ ...manifest.inputs[0]!, description: 'four lengths in cm' }];
  expect(tellDocumented({ ...manifest, inputs })).toEqual(['Documented 5 of 5']);
});
