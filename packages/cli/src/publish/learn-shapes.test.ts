import { encodeTexts, type Manifest, type ModelValue, readElements, type Tensor } from '@callable/protocol';
import { expect, it } from 'vitest';
import { learnShapes } from './learn-shapes.ts';

const floats = (name: string, shape: number[]): Tensor => ({
  ...{ name, datatype: 'FP32', shape },
  data: new Uint8Array(4 * shape.reduce((product, size) => product * size, 1)),
});
const spec = (name: string, shape: number[]): Manifest['inputs'][number] => ({ name, datatype: 'FP32', shape });
const declared = (shape: number[], rankKnown = true): ModelValue => ({
  ...{ name: 'y', datatype: 'FP32', type: 'tensor(FLOAT)', shape, rankKnown },
});

/** What a model teaches whose only output has a shape made of that of its input. */
async function learn(
  output: ModelValue,
  shapeOf: (x: number[]) => number[] | null,
  x = { shape: [1, 3], declared: [-1, -1] },
) {
  const asked: string[] = [];
  const model = {
    ...{ loadMs: 1, shapes: {} },
    answer: async ([input]: readonly Tensor[]) => {
      asked.push(String(input?.shape));
      const shape = shapeOf(input?.shape ?? []);
      return shape && [floats('y', shape)];
    },
  };
  const { shapes, notices } = await learnShapes(model, [floats('x', x.shape)], [spec('x', x.declared)], [output]);
  return { shape: shapes.get('y'), notices, asked };
}

it('an output that is what the file says is left as it is, and nothing is said', async () => {
  const { shape, notices, asked } = await learn(declared([-1, 2]), ([rows = 0]) => [rows, 2]);
  expect([shape, notices, asked]).toEqual([[-1, 2], [], ['1,3', '2,3', '1,6', '2,6']]);
});

it('a batch of 1, which exporters write who name dynamic inputs only, is open where it moves', async () => {
  const { shape, notices } = await learn(declared([1, 2]), ([rows = 0]) => [rows, 2]);
  expect(shape).toEqual([-1, 2]);
  expect(notices).toEqual([
    'The file says that the output "y" is [1,2], and it came out as [1,2] and [2,2]: the manifest says [-1,2].',
  ]);
});

it('an axis that is never what the file says is open', async () => {
  const x = { shape: [1, 4], declared: [1, 4] };
  const { shape, asked } = await learn(declared([-1, 2]), ([rows = 0]) => [rows, 4], x);
  expect([shape, asked]).toEqual([[-1, -1], ['1,4']]);
});

it('another rank is that which was seen: CatBoost writes [N] and gives [N, 1]', async () => {
  const { shape, notices } = await learn(declared([-1]), ([rows = 0]) => [rows, 1]);
  expect(shape).toEqual([-1, -1]);
  expect(notices[0]).toContain('is [-1], and it came out as [1,1] and [2,1]: the manifest says [-1,-1].');
});

it('a rank that moves with the input is that of the example, and it is said that it moves', async () => {
  const { shape, notices } = await learn(declared([-1, 2]), (x) => (x[0] === 1 ? [2] : x));
  expect(shape).toEqual([-1]);
  expect(notices[0]).toContain('number of axes changes');
});

it('an unknown rank is the one seen, without a word; an empty answer keeps its shape', async () => {
  expect(await learn(declared([], false), () => [0, 4])).toMatchObject({ shape: [-1, -1], notices: [] });
});

it('what a model refuses teaches nothing; the longer inputs that it refuses neither', async () => {
  expect((await learn(declared([1]), () => null)).shape).toBeUndefined();
  expect((await learn(declared([1, 2]), (x) => (x[0] === 1 && x[1] === 3 ? [1, 2] : null))).shape).toEqual([1, 2]);
});

it('longer inputs repeat what the example holds, row by row and within each row', async () => {
  const data = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const x: Tensor = { name: 'x', datatype: 'FP32', shape: [2, 2], data };
  const t: Tensor = { name: 't', datatype: 'BYTES', shape: [2, 1], data: encodeTexts(['a', 'b']) };
  const seen: unknown[] = [];
  const answer = async (inputs: readonly Tensor[]) => {
    seen.push(inputs.map((input) => [input.shape, Array.from(readElements(input) as Float32Array)]));
    return [];
  };
  const specs = [spec('x', [-1, -1]), { name: 't', datatype: 'BYTES' as const, shape: [-1, 1] }];
  await learnShapes({ loadMs: 1, shapes: {}, answer }, [x, t], specs, []);
  expect(seen.slice(1)).toEqual([
    [
      [
        [4, 2],
        [1, 2, 3, 4, 1, 2, 3, 4],
      ],
      [
        [4, 1],
        ['a', 'b', 'a', 'b'],
      ],
    ],
    [
      [
        [2, 4],
        [1, 2, 1, 2, 3, 4, 3, 4],
      ],
      [
        [2, 1],
        ['a', 'b'],
      ],
    ],
    [
      [
        [4, 4],
        [1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4],
      ],
      [
        [4, 1],
        ['a', 'b', 'a', 'b'],
      ],
    ],
  ]);
});
