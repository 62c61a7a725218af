import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntimes, type LoadedModel, type LoadVerdict, type ModelCall, type RunVerdict } from '@callable/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModel, testRuntimes } from '../src/index.ts';

let root: string;
let pool: ReturnType<typeof createRuntimes>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'callable-pieces-'));
  pool = createRuntimes({ engine: 'test', runtimes: testRuntimes, directory: root, patienceMs: 300, warm: 0 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const load = (...lines: string[]) => loadWithin(20_000, ...lines);

async function loadWithin(loadMs: number, ...lines: string[]): Promise<LoadVerdict> {
  const directory = await mkdtemp(join(root, 'model-'));
  await writeFile(join(directory, 'model.test'), testModel(...lines));
  const floats = (name: string) => ({ name, datatype: 'FP32' as const, shape: [-1] });
  const limits = { memoryBytes: 256 * 2 ** 20, loadMs, runMs: 20_000 };
  const source = { digest: 'sha256:0', directory, entry: 'model.test', limits };
  return pool.load({ ...source, inputs: [floats('x')], outputs: [floats('y')] });
}

async function loaded(...lines: string[]): Promise<LoadedModel> {
  const verdict = await load(...lines);
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict.model;
}

const call = (x: number[]): ModelCall => ({
  encoding: 'plain',
  body: new TextEncoder().encode(JSON.stringify({ x })),
  salt: new Uint8Array(32),
});
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const good = (verdict: RunVerdict) => {
  if (!verdict.ok) throw new Error(JSON.stringify(verdict));
  return verdict;
};

describe('an answer in pieces', () => {
  it('is given piece by piece, with the digest of the same answer at once', async () => {
    await using model = await loaded('scale 2', 'pieces');
    const pieces: string[] = [];
    const streamed = good(
      await model.run(call([1, 2, 3]), { deadlineMs: 5000, onPiece: (piece) => void pieces.push(text(piece)) }),
    );
    expect(pieces).toEqual(['{"y":[2]}\n', '{"y":[4]}\n', '{"y":[6]}\n']);
    expect(streamed.body.length).toBe(0);
    const whole = good(await model.run(call([1, 2, 3]), { deadlineMs: 5000 }));
    expect(text(whole.body)).toBe('{"y":[2,4,6]}');
    expect(whole.outputDigest).toBe(streamed.outputDigest);
  });

  it('that comes at once is the body of the verdict, also where pieces would be taken', async () => {
    await using model = await loaded('scale 2');
    const verdict = await model.run(call([1]), { deadlineMs: 5000, onPiece: () => expect.unreachable() });
    expect(text(good(verdict).body)).toBe('{"y":[2]}');
  });

  it('goes no further than its credit while a taker is slow', async () => {
    await using model = await loaded('pieces', 'pause 1');
    let taken = 0;
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const onPiece = async () => {
      taken++;
      await gate;
    };
    const x = Array.from({ length: 40 }, (_, index) => index);
    const running = model.run(call(x), { deadlineMs: 10_000, onPiece });
    const other = model.run(call([1]), { deadlineMs: 10_000 });
    // The first piece is with its taker, the others wait: a runner that had gone on would be killed for it.
    await expect.poll(() => taken).toBe(1);
    open();
    good(await running);
    good(await other);
    expect(taken).toBe(40);
    expect(model.deaths).toBe(0);
  });

  it('is cancelled with its caller, and the process goes on', async () => {
    await using model = await loaded('pieces', 'pause 50');
    const { pid } = model;
    const leaving = new AbortController();
    const x = Array.from({ length: 200 }, () => 1);
    const first = new EventTarget();
    const began = once(first, 'piece');
    const onPiece = () => void first.dispatchEvent(new Event('piece'));
    const running = model.run(call(x), { deadlineMs: 20_000, signal: leaving.signal, onPiece });
    await began;
    leaving.abort(new Error('gone'));
    await expect(running).rejects.toThrow('gone');
    // All 200 pieces would take ten seconds.
    const before = performance.now();
    good(await model.run(call([1]), { deadlineMs: 20_000 }));
    expect(performance.now() - before).toBeLessThan(5000);
    expect({ pid: model.pid, deaths: model.deaths }).toEqual({ pid, deaths: 0 });
  });

  it('ends at its deadline without a death, where the model hears of it', async () => {
    await using model = await loaded('13 wait 20000');
    const late = await model.run(call([13]), { deadlineMs: 200 });
    expect(late).toMatchObject({ ok: false, reason: 'TimedOut' });
    good(await model.run(call([1]), { deadlineMs: 5000 }));
    expect(model.deaths).toBe(0);
  });

  it('rejects with what its taker threw, and is cancelled', async () => {
    await using model = await loaded('pieces', 'pause 20');
    const onPiece = () => Promise.reject(new Error('the line is cut'));
    const x = Array.from({ length: 100 }, () => 1);
    await expect(model.run(call(x), { deadlineMs: 10_000, onPiece })).rejects.toThrow('the line is cut');
    good(await model.run(call([1]), { deadlineMs: 10_000 }));
    expect(model.deaths).toBe(0);
  });
});

describe('a model that ends, hangs or fills its process', () => {
  it.each([
    ['exits', '13 exit', 'RunnerDied', 'with code 3'],
    ['aborts', '13 abort', 'RunnerDied', 'SIGABRT'],
    ['stalls', '13 stall 30000', 'TimedOut', 'within 1000 ms'],
    ['allocates', '13 allocate 2048', 'OutOfMemory', ''],
  ])('%s alone: its call fails, the next is answered', async (name, line, reason, words) => {
    await using model = await loaded('scale 3', line);
    const verdict = await model.run(call([13]), { deadlineMs: name === 'stalls' ? 1000 : 20_000 });
    expect(verdict).toMatchObject({ ok: false, reason });
    expect(JSON.stringify(verdict)).toContain(words);
    expect(text(good(await model.run(call([2]), { deadlineMs: 20_000 })).body)).toBe('{"y":[6]}');
  });

  it('attack: a call that hangs behind a large answer does not take it along', async () => {
    await using model = await loaded('scale 3', '13 stall 30000');
    // More than the channel holds, both ways.
    const x = Array.from({ length: 200_000 }, (_, index) => index / 7 + 20);
    const large = model.run(call(x), { deadlineMs: 20_000 });
    const hung = model.run(call([13]), { deadlineMs: 2000 });
    const answer = JSON.parse(text(good(await large).body)) as { y: number[] };
    expect(answer.y.map(Math.fround)).toEqual([...Float32Array.from(x, (each) => Math.fround(each) * 3)]);
    expect(await hung).toMatchObject({ ok: false, reason: 'TimedOut' });
  });

  it('while it loads is refused with its reason', async () => {
    expect(await load('load exit')).toMatchObject({ ok: false, reason: 'RunnerDied' });
    expect(await load('load throw')).toMatchObject({ ok: false, reason: 'LoadFailed' });
    expect(await load('load allocate 2048')).toMatchObject({ ok: false, reason: 'OutOfMemory' });
  });

  it('while it loads for longer than it may is given up in time, and the next is loaded', async () => {
    const began = performance.now();
    const message = 'The model did not load within 1000 ms.';
    expect(await loadWithin(1000, 'load stall 60000')).toEqual({ ok: false, reason: 'TimedOut', message });
    expect(performance.now() - began).toBeLessThan(15_000);
    await using model = await loaded('scale 3');
    expect(text(good(await model.run(call([2]), { deadlineMs: 20_000 })).body)).toBe('{"y":[6]}');
  });
});

it('a runtime that is not in the table is UnsupportedFormat', async () => {
  const source = { digest: 'sha256:0', directory: root, entry: 'x', inputs: [], outputs: [] };
  const limits = { memoryBytes: 1, loadMs: 1, runMs: 1 };
  const verdict = await pool.load({ ...source, limits, engine: 'toString' });
  expect(verdict).toMatchObject({ ok: false, reason: 'UnsupportedFormat' });
});
