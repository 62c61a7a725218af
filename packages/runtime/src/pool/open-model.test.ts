import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScriptedPool } from '../../test/open-scripted-pool.ts';

/** Room for 100: what a call takes beyond that is kept, as an arena does, until the process ends. */
const keeping = `
  const takes = Number(order.body.toString());
  globalThis.kept ??= 0;
  const fits = takes <= 100 && (globalThis.kept < 90 || takes > 50);
  globalThis.kept = Math.max(globalThis.kept, Math.min(100, takes));
  if (fits) sendReport({ type: 'ran', inputDigest: zeros, outputDigest: zeros, runMs: 0 }, Buffer.from('{}'));
  else sendReport({ type: 'failed', reason: 'OutOfMemory', message: 'bad_alloc', spent: true });`;

let pool: Awaited<ReturnType<typeof openScriptedPool>>;
beforeAll(async () => {
  pool = await openScriptedPool(keeping, { streams: false });
});
afterAll(() => pool[Symbol.asyncDispose]());

const call = (takes: number) => ({
  encoding: 'plain' as const,
  body: new TextEncoder().encode(`${takes}`),
  salt: new Uint8Array(32),
});

it('a small call is answered though a large one before it left its process no memory', async () => {
  await using model = await pool.load();
  const { pid } = model;
  const verdicts = [100, 1, 2].map((takes) => model.run(call(takes), { deadlineMs: 20_000 }));
  expect((await Promise.all(verdicts)).map(({ ok }) => ok)).toEqual([true, true, true]);
  // Nobody died of it.
  expect([model.deaths, model.pid === pid]).toEqual([0, false]);
});

it('attack: calls that are too large for any process fail, each after two tries at most, and leave the next caller a new one', async () => {
  await using model = await pool.load();
  for (let round = 0; round < 2; round++) {
    const large = await model.run(call(1000), { deadlineMs: 20_000 });
    expect(large).toMatchObject({ ok: false, kind: 'model', reason: 'OutOfMemory', message: 'bad_alloc' });
    expect(await model.run(call(1), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  }
});
