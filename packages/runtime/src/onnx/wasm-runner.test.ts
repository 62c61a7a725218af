import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import type { Manifest } from '@callable/protocol';
import { loopingRelease, mostSteps } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRunnerPool } from '../pool/create-runner-pool.ts';
import type { LoadedModel, ModelCall } from '../runtime.ts';
import { pinnedWasm } from './pinned-wasm.ts';

let root: string;
let pool: ReturnType<typeof createRunnerPool>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'callable-wasm-'));
  pool = createRunnerPool({ engine: 'wasm', memoryBytes: 256 * 1024 * 1024, directory: root });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const vector = (name: string): Manifest['inputs'][number] => ({ name, datatype: 'FP32', shape: [-1] });
const doubling: ModelSpec = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: ['n'] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['n'] }],
  nodes: [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'] }],
  initializers: [{ name: 'two', datatype: 'FP32', shape: [1], external: { location: 'w.bin', offset: 0, length: 4 } }],
};

type Source = { inputs: Manifest['inputs']; outputs: Manifest['outputs']; externalFiles?: string[] };

async function load(model: Uint8Array, source: Source, arrange: (directory: string) => Promise<void> = async () => {}) {
  const directory = await mkdtemp(join(root, 'model-'));
  await writeFile(join(directory, 'model.onnx'), model);
  await arrange(directory);
  const limits = { memoryBytes: 512 * 1024 * 1024, loadMs: 20_000, runMs: 20_000 };
  return pool.load({ digest: 'sha256:0', directory, entry: 'model.onnx', limits, ...source });
}

async function loaded(...args: Parameters<typeof load>): Promise<LoadedModel> {
  const verdict = await load(...args);
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict.model;
}

const plain = (value: object): ModelCall => ({
  encoding: 'plain',
  body: new TextEncoder().encode(JSON.stringify(value)),
  salt: new Uint8Array(32),
});
const signature = { inputs: [vector('x')], outputs: [vector('y')] };

describe('the pinned wasm runtime', () => {
  it('is what its pin says, and takes weights as bytes', async () => {
    const two = new Uint8Array(Float32Array.of(2).buffer);
    const place = (directory: string) => writeFile(join(directory, 'w.bin'), two);
    await using model = await loaded(buildModel(doubling), { ...signature, externalFiles: ['w.bin'] }, place);
    expect(model.info).toMatchObject({ runtime: 'onnxruntime-web', version: pinnedWasm.version, threads: 1 });
    expect(model.info.binarySha256).toBe(pinnedWasm.sha256);
    const answer = await model.run(plain({ x: [1, 2.5] }), { deadlineMs: 5000 });
    expect(answer.ok && Buffer.from(answer.body).toString()).toBe('{"y":[2,5]}');
    // Empty but for what a runner needs: no secret of the node, and nothing that tells its maker of the model.
    const environment = await readFile(`/proc/${model.pid}/environ`, 'utf8');
    expect(environment).toContain('ORT_DISABLE_TELEMETRY=1');
    expect(environment.split('\0').filter((entry) => /^(PATH|USER|NODE_)/.test(entry))).toEqual([]);
  });

  it('loads a model whose dimensions have no names, as the native runtime does', async () => {
    const nameless = { datatype: 'FP32' as const, shape: [null, 3] };
    const model = buildModel({
      inputs: [{ name: 'x', ...nameless }],
      outputs: [{ name: 'y', ...nameless }],
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
    });
    const rows = (name: string) => ({ ...vector(name), shape: [-1, 3] });
    await using loadedModel = await loaded(model, { inputs: [rows('x')], outputs: [rows('y')] });
    expect(await loadedModel.run(plain({ x: [[1, -2, 3]] }), { deadlineMs: 5000 })).toMatchObject({ ok: true });
  });

  it('attack: weights behind a link, or in a file nobody named, are not read', async () => {
    const link = (directory: string) => symlink('/etc/passwd', join(directory, 'w.bin'));
    const linked = await load(buildModel(doubling), { ...signature, externalFiles: ['w.bin'] }, link);
    expect(linked).toMatchObject({ ok: false, reason: 'LoadFailed' });
    const unnamed = await load(buildModel(doubling), signature, (directory) =>
      writeFile(join(directory, 'w.bin'), 'abcd'),
    );
    expect(unnamed.ok).toBe(false);
    for (const verdict of [linked, unnamed]) expect(JSON.stringify(verdict)).not.toContain(root);
  });

  it('attack: a model that runs beyond its deadline is killed at it, and the next call is answered', async () => {
    const { manifest, files } = loopingRelease();
    await using model = await loaded(files[0] as Uint8Array, manifest);
    const hanging = await model.run(plain({ times: mostSteps, x: 1 }), { deadlineMs: 1500 });
    expect(hanging).toMatchObject({ ok: false, reason: 'TimedOut' });
    expect(await model.run(plain({ times: 3, x: 1 }), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  });

  it('attack: a model that wants more memory than it may have fails alone', async () => {
    const size: Manifest['inputs'][number] = { name: 'size', datatype: 'INT64', shape: [1] };
    // More than this one may take, and no more than a machine has: 400 MB.
    const most = 100_000_000;
    const growing = buildModel({
      inputs: [{ ...size, shape: [1] }],
      outputs: doubling.outputs,
      initializers: [{ name: 'most', datatype: 'INT64', shape: [1], values: [most] }],
      nodes: [
        { op: 'Min', inputs: ['size', 'most'], outputs: ['bounded'] },
        { op: 'ConstantOfShape', inputs: ['bounded'], outputs: ['y'] },
      ],
    });
    await using model = await loaded(growing, { inputs: [size], outputs: [vector('y')] });
    for (const count of [most, most - 1])
      expect(await model.run(plain({ size: [count] }), { deadlineMs: 10_000 })).toMatchObject({ ok: false });
    expect(await model.run(plain({ size: [2] }), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  });
});
