import type { ModelSpec } from '@callable/formats/build';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { float, openPublisher } from './open-publisher.ts';

let publisher: Awaited<ReturnType<typeof openPublisher>>;
beforeAll(async () => {
  publisher = await openPublisher();
}, 120_000);
afterAll(() => publisher.close(), 60_000);

it('a fixed image of 1024 x 1024 is published and called; a body that is too large hears the limit', async () => {
  const model: ModelSpec = {
    inputs: [float('x', [1, 3, 1024, 1024])],
    outputs: [float('y', [1, 1, 1024, 1024])],
    nodes: [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['y'], attributes: { axes: { ints: [1] }, keepdims: { int: 1 } } },
    ],
  };
  const { manifest, callable, reference } = await publisher.publish('image', model);
  expect(callable).toBe(true);
  expect(manifest).toMatchObject({ vectors: [{ file: 'vectors/1.bin' }], needs: { abilities: ['binary-vectors'] } });
  const x = [[1, 2, 3].map((value) => Array(1024).fill(Array(1024).fill(value)))];
  const { status, answer } = await publisher.post(`/v1/run/${reference}`, { x });
  expect([status, answer.outputs]).toEqual([200, { y: [[Array(1024).fill(Array(1024).fill(3))]] }]);
  const long = await publisher.post(`/v1/run/${reference}`, { x: 'x'.repeat(33 * 2 ** 20) });
  expect(long).toMatchObject({
    ...{ status: 413, answer: { code: 'BodyTooLarge' } },
    answer: { detail: expect.stringMatching(/^The body has 34,603,\d{3} bytes; this route takes 33,554,432\.$/) },
  });
}, 120_000);
