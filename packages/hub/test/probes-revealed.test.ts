import { addressOf, dayMs, dayOf, listProbes, revealFrom, type StatementBody } from '@callable/protocol';
import { expect, it } from 'vitest';
import { drawProbeKey } from '../src/path/draw-probe-key.ts';
import { revealProbes } from '../src/path/reveal-probes.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let now = Date.UTC(2026, 10, 2, 12);
const start = () => startTestHub({ overrides: { clock: () => now } });

const revealed = async ({ ctx }: TestHub) =>
  (
    await ctx.db
      .selectFrom('statement')
      .select('content')
      .where('kind', '=', 'probes.revealed')
      .orderBy('seq')
      .execute()
  ).map(({ content }) => (JSON.parse(content) as { body: StatementBody<'probes.revealed'> }).body);

it('keys of probes are made again by everybody once no report of them can come any more, and not before', async () => {
  await using hub = await start();
  const day = dayOf(now);
  const drawn = [await drawProbeKey(hub.ctx), await drawProbeKey(hub.ctx), await drawProbeKey(hub.ctx)].map(addressOf);
  expect(new Set(drawn).size).toBe(3);
  now = revealFrom(day) - 1;
  expect(await revealProbes(hub.ctx)).toBe(0);
  now = revealFrom(day);
  expect(await revealProbes(hub.ctx)).toBe(1);
  const [body, ...more] = await revealed(hub);
  expect(more).toEqual([]);
  expect(body).toMatchObject({ day, keys: 3 });
  expect([...listProbes(body as StatementBody<'probes.revealed'>)]).toEqual(drawn);
  const { settledUntil } = ((await (await fetch(`${hub.url}/v1/usage`)).json()) as { asOf: { settledUntil: number } })
    .asOf;
  expect(settledUntil).toBe((day + 1) * dayMs);
  // attack: once more, or of the same day again: nothing is left to be shown.
  expect(await revealProbes(hub.ctx)).toBe(0);
});

it('a hub that was off for longer shows nothing of what is settled by time, and goes on', async () => {
  await using hub = await start();
  const day = dayOf(now);
  await drawProbeKey(hub.ctx);
  now += 12 * dayMs;
  // The log's time goes on with it.
  await drawProbeKey(hub.ctx);
  expect(await revealProbes(hub.ctx)).toBe(0);
  expect((await revealed(hub)).some((one) => one.day === day)).toBe(false);
  now += 2 * dayMs + 26 * 3600_000;
  expect(await revealProbes(hub.ctx)).toBe(1);
});
