import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { parsePlainInputs, type TensorSpec, tensorDigest } from '@callable/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LoadedModel, ModelLimits, ModelSource } from '../runtime.ts';
import { createRunnerPool } from './create-runner-pool.ts';

const salt = new Uint8Array(32).fill(9);
const limits: ModelLimits = { memoryBytes: 256 * 1024 * 1024, loadMs: 20_000, runMs: 20_000 };
const spec = (name: string, datatype: TensorSpec['datatype'], shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value, (_, each) => each));
const text = (body: Uint8Array) => new TextDecoder().decode(body);

/** y = x + x */
const doubler: ModelSpec = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: ['N', 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: ['N', 2] }],
  nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
};
const doublerSpecs = { inputs: [spec('x', 'FP32', [-1, 2])], outputs: [spec('y', 'FP32', [-1, 2])] };

/** More steps than a machine takes before any deadline here. No call takes more, whatever it asks for. */
const mostSteps = 30_000_000;

/** y = n, counted one by one, up to the most: a caller chooses how long that takes. */
const counter: ModelSpec = {
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
const counterSpecs = { inputs: [spec('n', 'INT64', [])], outputs: [spec('y', 'INT64', [])] };
const beyondDeadlines = `{"n":${mostSteps}}`;

/** More than the models here may take, and no more than a machine has: 400 MB. */
const mostZeros = 100_000_000;

/** y = the sum of n zeros, up to the most. */
const filler: ModelSpec = {
  inputs: [{ name: 'n', datatype: 'INT64', shape: [1] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }],
  initializers: [{ name: 'most', datatype: 'INT64', shape: [1], values: [mostZeros] }],
  nodes: [
    { op: 'Min', inputs: ['n', 'most'], outputs: ['size'] },
    { op: 'ConstantOfShape', inputs: ['size'], outputs: ['z'] },
    { op: 'ReduceSum', inputs: ['z'], outputs: ['y'], attributes: { keepdims: { int: 1 } } },
  ],
};
const fillerSpecs = { inputs: [spec('n', 'INT64', [1])], outputs: [spec('y', 'FP32', [1])] };

type Specs = { inputs: TensorSpec[]; outputs: TensorSpec[] };
let root: string;
beforeAll(async () => {
  process.env.CALLABLE_TEST_SECRET = 'must not reach a runner';
  root = await mkdtemp(join(tmpdir(), 'callable-pool-test-'));
});
afterAll(async () => {
  delete process.env.CALLABLE_TEST_SECRET;
  await rm(root, { recursive: true, force: true });
});

let models = 0;
async function source(
  model: ModelSpec | Uint8Array,
  specs: Specs,
  over: Partial<ModelSource> = {},
): Promise<ModelSource> {
  const directory = join(root, `model-${models++}`);
  await mkdir(directory);
  await writeFile(join(directory, 'model.onnx'), model instanceof Uint8Array ? model : buildModel(model));
  return { digest: `sha256:${models}`, directory, entry: 'model.onnx', ...specs, limits, ...over };
}

type Pool = ReturnType<typeof createRunnerPool>;
async function withPool(options: Parameters<typeof createRunnerPool>[0], body: (pool: Pool) => Promise<void>) {
  const pool = createRunnerPool({ directory: root, patienceMs: 300, warm: 0, ...options });
  try {
    await body(pool);
  } finally {
    await pool[Symbol.asyncDispose]();
  }
  expect((await readdir(root)).filter((name) => name.startsWith('callable-runners-'))).toEqual([]);
}

async function loaded(pool: Pool, ...args: Parameters<typeof source>): Promise<LoadedModel> {
  const verdict = await pool.load(await source(...args));
  if (!verdict.ok) throw new Error(`${verdict.reason}: ${verdict.message}`);
  return verdict.model;
}

const run = (model: LoadedModel, json: string, deadlineMs = 20_000) =>
  model.run({ encoding: 'plain', body: new TextEncoder().encode(json), salt }, { deadlineMs });

/** What a model that crashes does to its process, once that has worked on a call for a while. */
async function killBusy(pid: number): Promise<void> {
  const ticks = async () => Number((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[13]);
  const before = await ticks();
  await vi.waitUntil(async () => (await ticks()) > before + 50, { timeout: 20_000 });
  process.kill(pid, 'SIGABRT');
}

const gone = (pid: number) => !existsSync(`/proc/${pid}`);

describe('a model in a runner', () => {
  it('answers plain and Open Inference Protocol calls, with the digests anybody can recompute', () =>
    withPool({}, async (pool) => {
      const verdict = await pool.load(await source(doubler, doublerSpecs));
      if (!verdict.ok) throw new Error(verdict.message);
      const { model, loadMs, peakBytes } = verdict;
      expect(loadMs).toBeGreaterThan(0);
      expect(peakBytes).toBeGreaterThan(20e6);
      expect(model.info).toMatchObject({ runtime: 'onnxruntime-node', version: '1.30.0', threads: 1 });
      expect(model.info.binarySha256).toMatch(/^[0-9a-f]{64}$/);

      const body = bytes({ x: [[1.1, 2]] });
      const answer = await model.run({ encoding: 'plain', body, salt }, { deadlineMs: 20_000 });
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      expect(text(answer.body)).toBe('{"y":[[2.2,4]]}');
      const inputs = parsePlainInputs(body, doublerSpecs.inputs);
      const hash = createHash('sha256');
      if (inputs.ok) tensorDigest(inputs.value, salt, hash);
      expect(answer.inputDigest).toBe(hash.digest('hex'));

      const oip = await model.run(
        {
          encoding: 'oip',
          body: bytes({
            id: 'q7',
            inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [1.1, 2] }],
            outputs: [{ name: 'y' }],
          }),
          salt,
        },
        { deadlineMs: 20_000 },
      );
      if (!oip.ok) throw new Error(JSON.stringify(oip));
      expect(oip.id).toBe('q7');
      expect(JSON.parse(text(oip.body))).toEqual([{ name: 'y', shape: [1, 2], datatype: 'FP32', data: [2.2, 4] }]);
      expect([oip.inputDigest, oip.outputDigest]).toEqual([answer.inputDigest, answer.outputDigest]);

      expect(await run(model, '{"X":[[1,2]]}')).toMatchObject({
        kind: 'input',
        problem: { code: 'UnknownInput', message: '`X` is not an input. Did you mean `x`?' },
      });
    }));

  it('tells the shapes the file does not declare, and takes outputs a manifest leaves open', () =>
    withPool({}, async (pool) => {
      const model: ModelSpec = {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2] }],
        outputs: [
          { name: 'y', datatype: 'FP32' },
          { name: 'n', datatype: 'FP32', shape: ['N', 2] },
        ],
        nodes: [
          { op: 'Add', inputs: ['x', 'x'], outputs: ['y'] },
          { op: 'Neg', inputs: ['x'], outputs: ['n'] },
        ],
      };
      const open = { inputs: [spec('x', 'FP32', [1, 2])], outputs: [spec('n', 'FP32', [-1, 2])] };
      const verdict = await pool.load(await source(model, open));
      expect(verdict).toMatchObject({ ok: true, shapes: { y: [1, 2] } });
      const wrong = { ...open, outputs: [spec('y', 'FP32', [-1, 3])] };
      expect(await pool.load(await source(model, wrong))).toMatchObject({ ok: false, reason: 'SchemaMismatch' });
    }));

  it('runs in an empty directory, with no secret in its environment, no network and nothing phoned home', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, doubler, doublerSpecs);
      await run(model, '{"x":[[1,2]]}');
      const pid = model.pid!;
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      const directory = await readlink(`/proc/${pid}/cwd`);
      const variables = Object.fromEntries(environment.split('\0').map((line) => line.split('=', 2)));
      const { LOCPATH: _, PWD: __, ...rest } = variables;
      expect(rest).toEqual({
        '': undefined,
        HOME: directory,
        TMPDIR: directory,
        TZ: 'UTC',
        ORT_DISABLE_TELEMETRY: '1',
        MALLOC_ARENA_MAX: '2',
        UV_THREADPOOL_SIZE: '1',
      });
      expect(await readdir(directory)).toEqual([]);

      const descriptors = await readdir(`/proc/${pid}/fd`);
      const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
      const tables = await Promise.all(
        ['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
      );
      for (const inode of links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
        expect(tables.join('\n')).not.toContain(` ${inode} `);
      // The library's telemetry keeps a thread of its own for its uploads.
      const tasks = await readdir(`/proc/${pid}/task`);
      const names = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/comm`, 'utf8')));
      expect(names.join().toLowerCase()).not.toContain('mat');
    }));

  it('text models load without the locale they ask for', () =>
    withPool({}, async (pool) => {
      const lower: ModelSpec = {
        inputs: [{ name: 's', datatype: 'BYTES', shape: [2] }],
        outputs: [{ name: 't', datatype: 'BYTES', shape: [2] }],
        nodes: [
          {
            op: 'StringNormalizer',
            inputs: ['s'],
            outputs: ['t'],
            attributes: { case_change_action: { text: 'LOWER' } },
          },
        ],
      };
      const model = await loaded(pool, lower, {
        inputs: [spec('s', 'BYTES', [2])],
        outputs: [spec('t', 'BYTES', [2])],
      });
      const answer = await run(model, '{"s":["Hello WÖRLD","ÀÉ"]}');
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      expect(text(answer.body)).toBe('{"t":["hello wörld","àé"]}');
    }));
});

describe('adversary: a call', () => {
  it('whose process dies costs itself and nothing else', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      const first = model.pid!;
      const [before, fatal, after] = [run(model, '{"n":7}'), run(model, beyondDeadlines), run(model, '{"n":3}')];
      expect(await before).toMatchObject({ ok: true });
      await killBusy(first);
      expect(await fatal).toMatchObject({ ok: false, kind: 'model', reason: 'RunnerDied' });
      expect(await fatal).toMatchObject({ message: expect.stringContaining('SIGABRT') });
      const answer = await after;
      expect(answer.ok && text(answer.body)).toBe('{"y":3}');
      expect(model.deaths).toBe(1);
      expect(model.pid).not.toBe(first);
    }));

  it('that runs beyond its deadline is killed at it, alone, while other models go on', () =>
    withPool({ warm: 1 }, async (pool) => {
      const [slow, other] = await Promise.all([
        loaded(pool, counter, counterSpecs),
        loaded(pool, doubler, doublerSpecs),
      ]);
      const pid = slow.pid!;
      let answered = 0;
      const started = performance.now();
      const hung = run(slow, beyondDeadlines, 1500);
      const behind = [run(slow, '{"n":3}'), run(slow, '{"n":4}'), run(slow, '{"n":5}')];
      const ended = hung.then(() => true);
      while (!(await Promise.race([ended, Promise.resolve(false)]))) {
        const answer = await run(other, '{"x":[[1,2]]}');
        if (answer.ok) answered++;
      }
      expect(await hung).toMatchObject({ ok: false, kind: 'model', reason: 'TimedOut' });
      expect(performance.now() - started).toBeLessThan(5000);
      expect(answered).toBeGreaterThan(10);
      const verdicts = await Promise.all(behind);
      expect(verdicts.map((each) => (each.ok ? text(each.body) : each))).toEqual(['{"y":3}', '{"y":4}', '{"y":5}']);
      expect(gone(pid)).toBe(true);
      expect(slow.deaths).toBe(1);
    }));

  it('with a deadline of a millisecond does not cost the model its process', () =>
    withPool({ patienceMs: 20_000 }, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      const pid = model.pid;
      expect(await run(model, '{"n":100000}', 1)).toMatchObject({ reason: 'TimedOut' });
      expect(await run(model, '{"n":3}')).toMatchObject({ ok: true });
      expect([model.pid, model.deaths]).toEqual([pid, 0]);
    }));

  it('that asks for more memory than the model may have fails, and the next one is answered', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, filler, fillerSpecs);
      expect(await run(model, '{"n":[1000]}')).toMatchObject({ ok: true });
      for (const n of [mostZeros, mostZeros - 1])
        expect(await run(model, `{"n":[${n}]}`)).toMatchObject({ ok: false, kind: 'model', reason: 'OutOfMemory' });
      expect(await run(model, '{"n":[1000]}')).toMatchObject({ ok: true });
    }));

  it('whose caller has gone leaves the others their turn', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, counter, counterSpecs);
      const abort = new AbortController();
      const body = new TextEncoder().encode('{"n":2000}');
      const given = model.run({ encoding: 'plain', body, salt }, { deadlineMs: 20_000, signal: abort.signal });
      const next = run(model, '{"n":3}');
      abort.abort(new Error('the caller left'));
      await expect(given).rejects.toThrow('the caller left');
      expect(await next).toMatchObject({ ok: true });
    }));
});

describe('adversary: a model', () => {
  it.each<[string, ModelSpec | Uint8Array, Specs, string, RegExp]>([
    ['that is no model', new Uint8Array([1, 2, 3]), doublerSpecs, 'LoadFailed', /\.$/],
    [
      'with an operator nobody has',
      { ...doubler, nodes: [{ op: 'Nope', inputs: ['x'], outputs: ['y'] }] },
      doublerSpecs,
      'UnsupportedOperator',
      /Nope/,
    ],
    [
      'whose input is of another datatype than declared',
      doubler,
      { ...doublerSpecs, inputs: [spec('x', 'FP64', [-1, 2])] },
      'SchemaMismatch',
      /`x` is FP32 \[-1,2\] in the graph, but FP64 \[-1,2\] in the manifest/,
    ],
    [
      'whose input is of another shape than declared',
      doubler,
      { ...doublerSpecs, inputs: [spec('x', 'FP32', [-1, 3])] },
      'SchemaMismatch',
      /`x`/,
    ],
    [
      'with an input that is not declared',
      doubler,
      { ...doublerSpecs, inputs: [] },
      'SchemaMismatch',
      /takes an input `x`/,
    ],
    [
      'without a declared output',
      doubler,
      { ...doublerSpecs, outputs: [spec('z', 'FP32', [])] },
      'SchemaMismatch',
      /`z`, which the graph does not have/,
    ],
    [
      'whose output is BFLOAT16, which nobody can read',
      {
        ...doubler,
        outputs: [{ name: 'y', datatype: 16, shape: ['N', 2] }],
        nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 16 } } }],
      },
      doublerSpecs,
      'SchemaMismatch',
      /datatype 16/,
    ],
    [
      'that takes its weights from outside its directory',
      {
        ...doubler,
        nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
        initializers: [
          { name: 'w', datatype: 'FP32', shape: [2], external: { location: '../secret.bin', offset: 0, length: 8 } },
        ],
      },
      doublerSpecs,
      'LoadFailed',
      /external/i,
    ],
  ])('%s is refused with its reason', (_, model, specs, reason, message) =>
    withPool({ warm: 0 }, async (pool) => {
      await writeFile(join(root, 'secret.bin'), Buffer.alloc(8));
      const verdict = await pool.load(await source(model, specs));
      if (verdict.ok) throw new Error('was loaded');
      expect(verdict).toMatchObject({ reason, message: expect.stringMatching(message) });
      expect(verdict.message).not.toContain(root);
      expect(verdict.message).not.toMatch(/\.cc:\d+/);
    }),
  );
});

describe('the pool', () => {
  it('loads no more models than its limit; the next waits for a place, or for its caller to give up', () =>
    withPool({ limit: 1 }, async (pool) => {
      const first = await loaded(pool, doubler, doublerSpecs);
      const abort = new AbortController();
      const impatient = pool.load(await source(doubler, doublerSpecs), { signal: abort.signal });
      const patient = pool.load(await source(doubler, doublerSpecs));
      abort.abort(new Error('gave up'));
      await expect(impatient).rejects.toThrow('gave up');
      expect(await Promise.race([patient, run(first, '{"x":[[1,2]]}')])).toMatchObject({
        outputDigest: expect.anything(),
      });
      const pid = first.pid!;
      await first[Symbol.asyncDispose]();
      expect(gone(pid)).toBe(true);
      expect(await first.exited).toEqual({ disposed: true, message: 'The model was unloaded.' });
      expect(await run(first, '{"x":[[1,2]]}')).toMatchObject({ ok: false, reason: 'RunnerDied' });
      expect(await patient).toMatchObject({ ok: true });
    }));

  it('leaves no process when it is closed in the midst of loading', async () => {
    const pool = createRunnerPool({ directory: root, warm: 1 });
    const loading = pool.load(await source(doubler, doublerSpecs));
    const refused = expect(loading).rejects.toThrow('closed');
    await pool[Symbol.asyncDispose]();
    await refused;
    expect((await readdir(root)).filter((name) => name.startsWith('callable-runners-'))).toEqual([]);
    await expect(pool.load(await source(doubler, doublerSpecs))).rejects.toThrow('closed');
  });

  it('replaces a runner that dies while nobody calls', () =>
    withPool({}, async (pool) => {
      const model = await loaded(pool, doubler, doublerSpecs);
      process.kill(model.pid!, 'SIGKILL');
      await vi.waitUntil(() => model.deaths === 1, { timeout: 10_000 });
      expect(await run(model, '{"x":[[1,2]]}')).toMatchObject({ ok: true });
    }));

  it('says so when a model cannot be loaded again', () =>
    withPool({}, async (pool) => {
      const described = await source(counter, counterSpecs);
      const verdict = await pool.load(described);
      if (!verdict.ok) throw new Error(verdict.message);
      await rm(described.directory, { recursive: true });
      const fatal = run(verdict.model, beyondDeadlines);
      const behind = run(verdict.model, '{"n":3}');
      await killBusy(verdict.model.pid!);
      expect(await fatal).toMatchObject({ reason: 'RunnerDied', message: expect.stringContaining('SIGABRT') });
      expect(await behind).toMatchObject({ reason: 'RunnerDied', message: expect.stringContaining('loaded again') });
      expect(await verdict.model.exited).toMatchObject({ disposed: false });
    }));

  it.each([
    ['idle', '{"n":1}'],
    ['in a long call', beyondDeadlines],
  ])('adversary: a node that is killed leaves no runner behind, %s', async (_, json) => {
    const described = await source(counter, counterSpecs);
    const built = new URL('../../dist/index.js', import.meta.url).href;
    const script = `
      const { createRunnerPool } = await import(${JSON.stringify(built)});
      const verdict = await createRunnerPool({ directory: ${JSON.stringify(root)} }).load(${JSON.stringify(described)});
      const call = verdict.model.run({ encoding: 'plain', body: Buffer.from(${JSON.stringify(json)}), salt: Buffer.alloc(32) }, { deadlineMs: 60000 });
      if (${json !== beyondDeadlines}) await call;
      console.log(verdict.model.pid);
      setInterval(() => {}, 1000);`;
    const node = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => node.stdout.once('data', (line) => resolve(Number(line))));
    expect(gone(pid)).toBe(false);
    if (json === beyondDeadlines)
      await vi.waitUntil(async () => Number((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[13]) > 100, {
        timeout: 20_000,
      });
    node.kill('SIGKILL');
    // There is no event for the end of somebody else's child.
    await vi.waitUntil(() => gone(pid), { timeout: 10_000 });
    const left = (await readdir(root)).filter((name) => name.startsWith('callable-runners-'));
    await Promise.all(left.map((name) => rm(join(root, name), { recursive: true })));
  });
});
