import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openScriptedPool } from '../../test/open-scripted-pool.ts';
import type { LoadedModel, RunVerdict } from '../runtime.ts';
import type { ScratchRoom } from '../scratch/find-scratch-room.ts';

/** Says the hash of what it read, and whether that lay in the scratch file. A body that begins with D ends its process. */
const echo = `
  const { createHash } = await import('node:crypto');
  if (order.body[0] === 68) process.kill(process.pid, 'SIGKILL');
  const said = { hash: createHash('sha256').update(order.body).digest('hex'), isLaid: order.head.region !== undefined };
  sendReport({ type: 'ran', inputDigest: zeros, outputDigest: zeros, runMs: 1 }, Buffer.from(JSON.stringify(said)));`;

/** Any directory: these tests are also for systems without files in memory. */
const roomFor = (bytes: number, directory = tmpdir()): ScratchRoom => {
  let left = bytes;
  return {
    directory,
    take(more) {
      if (more > left) return false;
      left -= more;
      return true;
    },
    give(more) {
      left += more;
    },
  };
};
const bodyOf = (bytes: number, first: string) => Buffer.alloc(bytes, `${first}${Math.random()}`);
const hashOf = (body: Uint8Array) => createHash('sha256').update(body).digest('hex');
const salt = new Uint8Array(32);
const run = (model: LoadedModel, body: Uint8Array) =>
  model.run({ encoding: 'plain', body, salt }, { deadlineMs: 20_000 });
function saidBy(verdict: RunVerdict): { hash: string; isLaid: boolean; tried?: Record<string, string> } {
  if (!verdict.ok) throw new Error(JSON.stringify(verdict));
  return JSON.parse(Buffer.from(verdict.body).toString());
}

let pool: Awaited<ReturnType<typeof openScriptedPool>> | undefined;
afterEach(async () => {
  await pool?.[Symbol.asyncDispose]();
  pool = undefined;
});
const mebibyte = 2 ** 20;

describe('the body of a large call', () => {
  it.each([false, true])(
    'is read by its runner, from the scratch file where there is one (streams: %s)',
    async (streams) => {
      pool = await openScriptedPool(echo, { streams, scratch: roomFor(64 * mebibyte) });
      await using model = await pool.load();
      for (const [bytes, isLaid] of [
        [10, false],
        [3 * mebibyte, true],
        [200_001, true],
        [20 * mebibyte, false],
      ] as const) {
        const body = bodyOf(bytes, 'a');
        expect(saidBy(await run(model, body))).toEqual({ hash: hashOf(body), isLaid });
      }
    },
  );

  it('goes through the channel where there is no room, and no call is lost', async () => {
    pool = await openScriptedPool(echo, { streams: false, scratch: roomFor(4 * mebibyte) });
    await using model = await pool.load();
    const bodies = Array.from({ length: 12 }, (_, n) => bodyOf((1 + (n % 3)) * mebibyte, 'a'));
    const all = (await Promise.all(bodies.map((body) => run(model, body)))).map(saidBy);
    expect(all.map(({ hash }) => hash)).toEqual(bodies.map(hashOf));
    expect(new Set(all.map(({ isLaid }) => isLaid))).toEqual(new Set([true, false]));
  });

  it('leaves no file that has a name', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'callable-scratch-'));
    pool = await openScriptedPool(echo, { streams: false, scratch: roomFor(64 * mebibyte, directory) });
    await using model = await pool.load();
    expect(saidBy(await run(model, bodyOf(mebibyte, 'a')))).toMatchObject({ isLaid: true });
    expect(await readdir(directory)).toEqual([]);
    await rm(directory, { recursive: true });
  });
});

it('attack: calls that kill their process among large ones: each other gets its own answer, from the file of the next process', async () => {
  pool = await openScriptedPool(echo, { streams: false, scratch: roomFor(16 * mebibyte) });
  await using model = await pool.load();
  const bodies = Array.from({ length: 15 }, (_, n) => bodyOf(mebibyte + n, n % 5 === 2 ? 'D' : 'a'));
  const verdicts = await Promise.all(bodies.map((body) => run(model, body)));
  for (const [n, verdict] of verdicts.entries())
    if (n % 5 === 2) expect(verdict).toMatchObject({ ok: false, reason: 'RunnerDied' });
    else expect(saidBy(verdict)).toEqual({ hash: hashOf(bodies[n]!), isLaid: true });
  // The room of the dead ones was given back: there was no more than for one.
  expect(model.deaths).toBe(3);
});

/** What a model that has taken over its process could do with the descriptor it was given. */
const takenOver = `
  const fs = await import('node:fs');
  const tried = {};
  const attempt = (name, act) => {
    try {
      act();
      tried[name] = 'done';
    } catch (error) {
      tried[name] = error.code;
    }
  };
  if (order.body[0] === 88) {
    attempt('write', () => fs.writeSync(4, 'x', 0));
    attempt('truncate', () => fs.ftruncateSync(4, 0));
    attempt('permit', () => fs.fchmodSync(4, 0o600));
    attempt('reopen', () => {
      const again = fs.openSync('/proc/self/fd/4', 'r+');
      attempt('spoil', () => fs.writeSync(again, 'spoilt', 0));
      attempt('grow', () => fs.ftruncateSync(again, 2 ** 30));
      attempt('empty', () => fs.ftruncateSync(again, 0));
    });
  }
  const { createHash } = await import('node:crypto');
  const said = { hash: createHash('sha256').update(order.body).digest('hex'), tried };
  sendReport({ type: 'ran', inputDigest: zeros, outputDigest: zeros, runMs: 1 }, Buffer.from(JSON.stringify(said)));`;

it('attack: a model that has taken over its process writes, cuts or grows the scratch file: it cannot, or it has only its own inputs', async () => {
  const counted = roomFor(64 * mebibyte);
  pool = await openScriptedPool(takenOver, { streams: false, scratch: counted });
  await using hostile = await pool.load();
  await using other = await pool.load();
  for (let round = 0; round < 3; round++) {
    const attack = run(hostile, bodyOf(mebibyte, 'X'));
    const bodies = Array.from({ length: 6 }, () => bodyOf(mebibyte, 'a'));
    const others = await Promise.all(bodies.map((body) => run(other, body)));
    expect(others.map((verdict) => saidBy(verdict).hash)).toEqual(bodies.map(hashOf));
    const { tried } = saidBy(await attack);
    // Through what it was given it cannot. As the owner of the file it may open it again, where the system has a way to.
    expect(tried).toMatchObject({ write: 'EBADF', truncate: 'EINVAL' });
    // Never beyond what lies in it: a runner has no file to write, so it cannot fill the memory that the file is.
    if (tried?.reopen === 'done') expect(tried).toMatchObject({ spoil: 'EFBIG', grow: 'EFBIG' });
  }
  // A file that was cut is as long again as the next body needs.
  const body = bodyOf(2 * mebibyte, 'a');
  expect(saidBy(await run(hostile, body)).hash).toBe(hashOf(body));
});

it('attack: a runner that cuts its file under the next body, which it was sent ahead, ends by that and costs itself its calls', async () => {
  const cut = `
    const fs = await import('node:fs');
    fs.fchmodSync(4, 0o600);
    // Where the system has no such way the call is answered as always, which this test takes too.
    try { fs.ftruncateSync(fs.openSync('/proc/self/fd/4', 'r+'), 0); } catch {}
    ${echo}`;
  pool = await openScriptedPool(cut, { streams: false, scratch: roomFor(64 * mebibyte) });
  await using model = await pool.load();
  const bodies = Array.from({ length: 4 }, () => bodyOf(mebibyte, 'a'));
  for (const [n, verdict] of (await Promise.all(bodies.map((body) => run(model, body)))).entries())
    if (verdict.ok) expect(saidBy(verdict).hash).toBe(hashOf(bodies[n]!));
    else expect(verdict).toMatchObject({ kind: 'model', reason: 'RunnerDied' });
});
