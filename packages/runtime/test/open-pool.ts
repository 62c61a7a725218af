import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import type { TensorSpec } from '@callable/protocol';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { createRunnerPool } from '../src/pool/create-runner-pool.ts';
import type { LoadedModel, ModelLimits, ModelSource } from '../src/runtime.ts';

export const salt = new Uint8Array(32).fill(9);
export const limits: ModelLimits = { memoryBytes: 256 * 1024 * 1024, loadMs: 20_000, runMs: 20_000 };
export const spec = (name: string, datatype: TensorSpec['datatype'], shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});
export const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value, (_, each) => each));
export const text = (body: Uint8Array) => new TextDecoder().decode(body);

/** y = x + x */
export const doubler: ModelSpec = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: ['N', 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['N', 2] }],
  nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
};
export const doublerSpecs = { inputs: [spec('x', 'FP32', [-1, 2])], outputs: [spec('y', 'FP32', [-1, 2])] };

/** More steps than a machine takes before any deadline here. No call takes more, whatever it asks for. */
export const mostSteps = 30_000_000;

/** y = n, counted one by one, up to the most: a caller chooses how long that takes. */
export const counter: ModelSpec = {
  inputs: [{ name: 'n', datatype: 'INT64', shape: [] }],
  outputs: [{ name: 'y', datatype: 'INT64', shape: [] }],
  initializers: [
    { name: 'go', datatype: 'BOOL', shape: [], values: [1] },
    { name: 'zero', datatype: 'INT64', shape: [], values: [0] },
    { name: 'most', datatype: 'INT64', shape: [], values: [mostSteps] },
  ],
  nodes: [
    { op: 'Min', inputs: ['n', 'most'], outputs: ['steps'] },
    {
      op: 'Loop',
      inputs: ['steps', 'go', 'zero'],
      outputs: ['y'],
      attributes: {
        body: {
          graph: {
            inputs: [
              { name: 'i', datatype: 'INT64', shape: [] },
              { name: 'more', datatype: 'BOOL', shape: [] },
              { name: 'sum', datatype: 'INT64', shape: [] },
            ],
            outputs: [
              { name: 'again', datatype: 'BOOL', shape: [] },
              { name: 'next', datatype: 'INT64', shape: [] },
            ],
            initializers: [{ name: 'one', datatype: 'INT64', shape: [], values: [1] }],
            nodes: [
              { op: 'Identity', inputs: ['more'], outputs: ['again'] },
              { op: 'Add', inputs: ['sum', 'one'], outputs: ['next'] },
            ],
          },
        },
      },
    },
  ],
};
export const counterSpecs = { inputs: [spec('n', 'INT64', [])], outputs: [spec('y', 'INT64', [])] };
export const beyondDeadlines = `{"n":${mostSteps}}`;

/** More than the models here may take, and no more than a machine has: 400 MB. */
export const mostZeros = 100_000_000;

/** y = the sum of n zeros, up to the most. */
export const filler: ModelSpec = {
  inputs: [{ name: 'n', datatype: 'INT64', shape: [1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }],
  initializers: [{ name: 'most', datatype: 'INT64', shape: [1], values: [mostZeros] }],
  nodes: [
    { op: 'Min', inputs: ['n', 'most'], outputs: ['size'] },
    { op: 'ConstantOfShape', inputs: ['size'], outputs: ['z'] },
    { op: 'ReduceSum', inputs: ['z'], outputs: ['y'], attributes: { keepdims: { int: 1 } } },
  ],
};
export const fillerSpecs = { inputs: [spec('n', 'INT64', [1])], outputs: [spec('y', 'FP32', [1])] };

export type Specs = { inputs: TensorSpec[]; outputs: TensorSpec[] };
export let root: string;
beforeAll(async () => {
  process.env.CALLABLE_TEST_SECRET = 'must not reach a runner';
  root = await mkdtemp(join(tmpdir(), 'callable-pool-test-'));
});
afterAll(async () => {
  delete process.env.CALLABLE_TEST_SECRET;
  await rm(root, { recursive: true, force: true });
});

export let models = 0;
export async function source(
  model: ModelSpec | Uint8Array,
  specs: Specs,
  over: Partial<ModelSource> = {},
): Promise<ModelSource> {
  const directory = join(root, `model-${models++}`);
  await mkdir(directory);
  await writeFile(join(directory, 'model.onnx'), model instanceof Uint8Array ? model : buildModel(model));
  return { digest: `sha256:${models}`, directory, entry: 'model.onnx', ...specs, limits, ...over };
}

export type Pool = ReturnType<typeof createRunnerPool>;
export async function withPool(options: Parameters<typeof createRunnerPool>[0], body: (pool: Pool) => Promise<void>) {
  const pool = createRunnerPool({ directory: root, patienceMs: 300, warm: 0, ...options });
  try {
    await body(pool);
  } finally {
    await pool[Symbol.asyncDispose]();
  }
  expect((await readdir(root)).filter((name) => name.startsWith('callable-runners-'))).toEqual([]);
}

export async function loaded(pool: Pool, ...args: Parameters<typeof source>): Promise<LoadedModel> {
  const verdict = await pool.load(await source(...args));
  if (!verdict.ok) throw new Error(`${verdict.reason}: ${verdict.message}`);
  return verdict.model;
}

export const run = (model: LoadedModel, json: string, deadlineMs = 20_000) =>
  model.run({ encoding: 'plain', body: new TextEncoder().encode(json), salt }, { deadlineMs });

/** What a model that crashes does to its process, once that has worked on a call for a while. */
export async function killBusy(pid: number): Promise<void> {
  const ticks = async () => Number((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[13]);
  const before = await ticks();
  await vi.waitUntil(async () => (await ticks()) > before + 50, { timeout: 20_000 });
  process.kill(pid, 'SIGABRT');
}

export const gone = (pid: number) => !existsSync(`/proc/${pid}`);
