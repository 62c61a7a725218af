import { parsePlainInputs, type TensorSpec } from '@callable/protocol';
import { expect, it } from 'vitest';
import type { ShapedInput } from '../models/size-axes.ts';
import { chooseExample } from './choose-example.ts';

const firstOf = async (...inputs: ShapedInput[]) => (await chooseExample(undefined, inputs))[0]?.value;
const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);

it('the first example of tokens reads as one: a row of a few, a mask of ones, one type, positions that count', async () => {
  const tokens = (name: string): ShapedInput => ({ name, datatype: 'INT64', shape: [-1, -1] });
  expect(
    await firstOf(tokens('input_ids'), tokens('attention_mask'), tokens('token_type_ids'), tokens('position_ids')),
  ).toEqual({
    input_ids: [[1, 2, 3, 0]],
    attention_mask: [[1, 1, 1, 1]],
    token_type_ids: [[0, 0, 0, 0]],
    position_ids: [[0, 1, 2, 3]],
  });
});

it.each([
  [
    [-1, 3, -1, -1],
    [1, 3, 32, 32],
  ],
  [
    [-1, -1, -1, -1],
    [1, 3, 32, 32],
  ],
  [
    [-1, -1, -1, 3],
    [1, 32, 32, 3],
  ],
  [
    [1, 1, 28, 28],
    [1, 1, 28, 28],
  ],
])('a picture of shape %j is no single pixel', async (shape, expected) => {
  const first = await firstOf({ name: 'pixels', datatype: 'FP32', shape });
  expect(shapeOf(first?.pixels)).toEqual(expected);
});

it('axes of one name have one size, lengths are those of the sequence, and there is no past yet', async () => {
  const first = await firstOf(
    { name: 'x', datatype: 'FP32', shape: [-1, -1, 8], axes: ['batch', 'frames', null] },
    { name: 'x_lengths', datatype: 'INT64', shape: [-1], axes: ['batch'] },
    { name: 'mask', datatype: 'BOOL', shape: [-1, -1], axes: ['batch', 'past_len + frames'] },
    { name: 'past', datatype: 'FP32', shape: [-1, 2, -1, 1], axes: ['batch', null, 'past_len', null] },
  );
  expect(shapeOf(first?.x)).toEqual([1, 4, 8]);
  expect(first?.x_lengths).toEqual([4]);
  expect(first?.mask).toEqual([[true, true, true, true]]);
  expect(first?.past).toEqual([[[], []]]);
});

it('fixed shapes are tried with other values, all of them inputs the protocol takes', async () => {
  const inputs: TensorSpec[] = [
    { name: 'ids', datatype: 'INT64', shape: [2, 2] },
    { name: 'flag', datatype: 'BOOL', shape: [] },
    { name: 'text', datatype: 'BYTES', shape: [1] },
  ];
  const candidates = await chooseExample(undefined, inputs);
  const ids = candidates.map(({ value }) => JSON.stringify(value.ids));
  expect(ids).toEqual(expect.arrayContaining(['[[0,1],[0,1]]', '[[1,1],[1,1]]', '[[0,0],[0,0]]', '[[2,2],[2,2]]']));
  expect(candidates.map(({ how }) => how)).toContain('zeros and ones');
  for (const { text } of candidates)
    expect(parsePlainInputs(new TextEncoder().encode(text), inputs)).toMatchObject({ ok: true });
});

it('shapes that nobody could write out are no example', async () => {
  const vast: ShapedInput = { name: 'vast', datatype: 'FP32', shape: [100_000, 100_000] };
  await expect(chooseExample(undefined, [vast])).rejects.toMatchObject({ code: 'ExampleInvalid' });
});
