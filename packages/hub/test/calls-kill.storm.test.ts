import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addressOf, type BatchOfCalls, type PrivateKey } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { reportBatches } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { playCalls, totals } from './play-calls.ts';
import { startHubProcess } from './start-hub-process.ts';
import { createTestPlace, startTestHub } from './start-test-hub.ts';

const long = { timeout: 20_000 };

it('attack: kill -9 at random moments while calls are reported: none that was acknowledged is lost, none counts twice', async () => {
  await using place = await createTestPlace();
  const given: BatchOfCalls[] = [];
  const acknowledged = new Set<BatchOfCalls>();
  let key: PrivateKey;
  let batch: (count: number) => BatchOfCalls;
  {
    await using hub = await startTestHub({ place });
    key = hub.ctx.key;
    ({ batch } = await playCalls(hub));
  }
  const env = { CALLABLE_DATA: place.path, DATABASE_URL: place.database.url, CALLABLE_HUB_PORT: '0' };
  for (let round = 0; round < 3; round++) {
    const { child, url } = await startHubProcess(env);
    const exited = once(child, 'exit');
    const gateway = createClient(url, { key, audiences: { hub: addressOf(key) } });
    const before = acknowledged.size;
    const load = (async () => {
      for (;;) {
        const again = given.filter((one) => !acknowledged.has(one));
        const fresh = batch(1 + (given.length % 5));
        given.push(fresh);
        const sent = [...again, fresh];
        const taken = await reportBatches(gateway, sent).catch(() => null);
        if (!taken) return;
        for (const one of sent) acknowledged.add(one);
      }
    })();
    await expect.poll(() => acknowledged.size, long).toBeGreaterThan(before + 3 + 2 * round);
    child.kill('SIGKILL');
    await Promise.all([exited, load]);
  }
  await using hub = await startTestHub({ place });
  await reportBatches(hub.client(hub.ctx.key), given);
  const total = given.reduce((sum, { batch: { count } }) => sum + count, 0);
  await expect.poll(() => totals(place), long).toEqual({ counted: total, filed: total });
  expect(await readdir(join(place.path, 'log'))).toContain('incoming');
  expect(acknowledged.size).toBeGreaterThan(9);
});
