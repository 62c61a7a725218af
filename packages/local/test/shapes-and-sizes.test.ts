import type { ModelSpec } from '@callable/formats/build';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { float, openPublisher } from './open-publisher.ts';

let publisher: Awaited<ReturnType<typeof openPublisher>>;
beforeAll(async () => {
  publisher = await openPublisher();
}, 120_000);
afterAll(() => publisher.close(), 60_000);

/** y is the sum of x0, x1, … */
const summing = (count: number): ModelSpec => {
  const names = Array.from({ length: count }, (_, at) => `x${at}`);
  return {
    inputs: names.map((name) => float(name, [1])),
    outputs: [float('y', [1])],
    nodes: [{ op: 'Sum', inputs: names, outputs: ['y'] }],
  };
};

it('a model of 1,024 inputs is published and called at both doors; one more is refused before anything is sent', async () => {
  const release = await publisher.publish('wide', summing(1024));
  expect(release).toMatchObject({ callable: true });
  const inputs = Object.fromEntries(release.manifest.inputs.map(({ name }, at) => [name, [at]]));
  const sum = { status: 200, answer: { outputs: { y: [523_776] } } };
  expect(await publisher.post(`/v1/run/${release.reference}`, inputs)).toMatchObject(sum);
  const listed = Object.entries(inputs).map(([name, data]) => ({ name, datatype: 'FP32', shape: [1], data }));
  const [model, version] = release.reference.split('@');
  expect(await publisher.post(`/v2/models/${model}/versions/${version}/infer`, { inputs: listed })).toMatchObject({
    ...{ status: 200, answer: { outputs: [{ name: 'y', data: [523_776] }] } },
  });
  const wrong = await publisher.post(`/v1/run/${release.reference}`, { ...inputs, other: [1] });
  expect(wrong).toMatchObject({ status: 422, answer: { code: 'InvalidInput' } });
  await expect(publisher.publish('too-wide', summing(1025))).rejects.toThrow(
    'The model has 1025 inputs, more than 1024',
  );
}, 120_000);

it('an output that is never what the file says is published with a notice, and called with other batches', async () => {
  const model: ModelSpec = {
    inputs: [float('x', ['N', 4])],
    outputs: [float('row', [1, 4]), float('sum', ['N'])],
    nodes: [
      { op: 'Neg', inputs: ['x'], outputs: ['row'] },
      { op: 'ReduceMean', inputs: ['x'], outputs: ['sum'], attributes: { axes: { ints: [1] }, keepdims: { int: 1 } } },
    ],
  };
  const { notices, manifest, callable, reference } = await publisher.publish('said-otherwise', model);
  expect(manifest.outputs.map(({ shape }) => shape)).toEqual([
    [-1, 4],
    [-1, -1],
  ]);
  expect([notices.length, callable]).toEqual([2, true]);
  const x = [1, 2, 3].map((value) => [value, value, value, value]);
  expect((await publisher.post(`/v1/run/${reference}`, { x })).answer.outputs).toEqual({
    row: x.map((row) => row.map((value) => -value)),
    sum: [[1], [2], [3]],
  });
}, 60_000);
