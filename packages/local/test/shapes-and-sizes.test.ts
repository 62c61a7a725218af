import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { createUser } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempDir } from '../../../e2e/support/open-temp-dir.ts';
import { loadLocally } from '../../cli/src/models/load-locally.ts';
import { type PublishResult, publishModel } from '../../cli/src/publish/publish-model.ts';
import { Closer } from '../src/closer.ts';
import { type LocalNetwork, startLocalNetwork } from '../src/index.ts';

const signal = AbortSignal.timeout(180_000);
const closer = new Closer();
let network: LocalNetwork;
let directory: string;
beforeAll(async () => {
  const data = closer.add(await openTempDir());
  directory = data.path;
  network = closer.add(await startLocalNetwork({ dataDir: data.path, port: 0 }));
}, 120_000);
afterAll(() => closer.close(), 60_000);

/** As `callable publish` does, with what it said on the way. */
async function publish(name: string, model: ModelSpec): Promise<PublishResult & { notices: string[] }> {
  const file = join(directory, `${name}.onnx`);
  await writeFile(file, buildModel(model));
  const { client, key } = createUser(network.url);
  const context = { client, key, clock: Date.now, signal, formats: formatTable, load: loadLocally };
  const story = publishModel(context, { file, dryRun: false, wait: true, timeoutMs: 60_000 });
  const notices: string[] = [];
  for (;;) {
    const { done, value } = await story.next();
    if (done) return { ...value, notices };
    if (value.kind === 'notice') notices.push(value.text);
  }
}

async function post(path: string, body: unknown) {
  const response = await fetch(network.url + path, { method: 'POST', body: JSON.stringify(body), signal });
  return { status: response.status, answer: (await response.json()) as Record<string, never> & { outputs?: unknown } };
}

const float = (name: string, shape: (number | string)[]) => ({ name, datatype: 'FP32' as const, shape });
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
  const release = await publish('wide', summing(1024));
  expect(release).toMatchObject({ callable: true });
  const inputs = Object.fromEntries(release.manifest.inputs.map(({ name }, at) => [name, [at]]));
  const sum = { status: 200, answer: { outputs: { y: [523_776] } } };
  expect(await post(`/v1/run/${release.reference}`, inputs)).toMatchObject(sum);
  const listed = Object.entries(inputs).map(([name, data]) => ({ name, datatype: 'FP32', shape: [1], data }));
  const [model, version] = release.reference.split('@');
  expect(await post(`/v2/models/${model}/versions/${version}/infer`, { inputs: listed })).toMatchObject({
    ...{ status: 200, answer: { outputs: [{ name: 'y', data: [523_776] }] } },
  });
  const wrong = await post(`/v1/run/${release.reference}`, { ...inputs, other: [1] });
  expect(wrong).toMatchObject({ status: 422, answer: { code: 'InvalidInput' } });
  await expect(publish('too-wide', summing(1025))).rejects.toThrow('The model has 1025 inputs, more than 1024');
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
  const { notices, manifest, callable, reference } = await publish('said-otherwise', model);
  expect(manifest.outputs.map(({ shape }) => shape)).toEqual([
    [-1, 4],
    [-1, -1],
  ]);
  expect([notices.length, callable]).toEqual([2, true]);
  const x = [1, 2, 3].map((value) => [value, value, value, value]);
  expect((await post(`/v1/run/${reference}`, { x })).answer.outputs).toEqual({
    row: x.map((row) => row.map((value) => -value)),
    sum: [[1], [2], [3]],
  });
}, 60_000);

it('a fixed image of 1024 x 1024 is published and called; a body that is too large hears the limit', async () => {
  const model: ModelSpec = {
    inputs: [float('x', [1, 3, 1024, 1024])],
    outputs: [float('y', [1, 1, 1024, 1024])],
    nodes: [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['y'], attributes: { axes: { ints: [1] }, keepdims: { int: 1 } } },
    ],
  };
  const { manifest, callable, reference } = await publish('image', model);
  expect(callable).toBe(true);
  expect(manifest).toMatchObject({ vectors: [{ file: 'vectors/1.bin' }], needs: { abilities: ['binary-vectors'] } });
  const x = [[1, 2, 3].map((value) => Array(1024).fill(Array(1024).fill(value)))];
  const { status, answer } = await post(`/v1/run/${reference}`, { x });
  expect([status, answer.outputs]).toEqual([200, { y: [[Array(1024).fill(Array(1024).fill(3))]] }]);
  const long = await post(`/v1/run/${reference}`, { x: 'x'.repeat(33 * 2 ** 20) });
  expect(long).toMatchObject({
    ...{ status: 413, answer: { code: 'BodyTooLarge' } },
    answer: { detail: expect.stringMatching(/^The body has 34,603,\d{3} bytes; this route takes 33,554,432\.$/) },
  });
}, 120_000);
