import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addressOf, type BatchOfCalls, encodeSegment, type PrivateKey } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { joinAsNode, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { startHubProcess } from './start-hub-process.ts';
import { createTestPlace, startTestHub, type TestHub, type TestPlace } from './start-test-hub.ts';

const long = { timeout: 20_000 };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Calls that are counted or wait for it, and receipts that are filed, each number of a session once. */
async function totals(place: TestPlace) {
  const { db } = place.database;
  const waiting = await sql<{ count: number }>`
    select coalesce(sum(count), 0)::int as count from uncounted_call`.execute(db);
  const said = await db.selectFrom('statement').select('content').where('kind', '=', 'release.called').execute();
  const counted = said.reduce((sum, { content }) => {
    const { body } = JSON.parse(content) as { body: { signed: number; keyless: number } };
    return sum + body.signed + body.keyless;
  }, waiting.rows[0]?.count ?? 0);
  const runs = await db.selectFrom('receipt_run').select(['session', 'first', 'last']).execute();
  return { counted, filed: runs.reduce((sum, { first, last }) => sum + last - first + 1, 0) };
}

async function prepare(hub: TestHub) {
  const node = randomKey();
  await joinAsNode(hub.client(node));
  const { digest } = await publishBytes(hub.client(), Buffer.from('called'));
  const player = playBatches(node, addressOf(hub.ctx.key));
  return { digest, batch: (count: number) => player.batch(Array.from({ length: count }, () => ({ release: digest }))) };
}

it('what an end left between file and database is taken in at the start; half a file is not, and nothing counts twice', async () => {
  await using place = await createTestPlace();
  let left: BatchOfCalls;
  const incoming = join(place.path, 'log', 'incoming');
  {
    await using hub = await startTestHub({ place });
    const { batch } = await prepare(hub);
    await reportBatches(hub.client(hub.ctx.key), [batch(2)]);
    left = batch(3);
  }
  const bytes = encodeSegment({ failures: [], batches: [left] });
  await mkdir(incoming, { recursive: true });
  await writeFile(join(incoming, sha256(bytes)), bytes);
  const half = sha256(Buffer.from('half'));
  await writeFile(join(incoming, half), bytes.subarray(0, 100));
  await using hub = await startTestHub({ place });
  await expect.poll(() => totals(place), long).toEqual({ counted: 5, filed: 5 });
  // Its gateway was told nothing, and sends it again.
  expect(await reportBatches(hub.client(hub.ctx.key), [left])).toEqual({ filed: 0, known: 1, refused: {} });
  expect(await totals(place)).toEqual({ counted: 5, filed: 5 });
  const under = () =>
    place.database.db.selectFrom('segment').select('file').where('file', 'like', 'receipts/%').execute();
  await expect.poll(under, long).toHaveLength(2);
  for (const { file } of await under()) expect(await readFile(join(place.path, 'log', file ?? ''))).toBeDefined();
});

it('attack: kill -9 at random moments while calls are reported: none that was acknowledged is lost, none counts twice', async () => {
  await using place = await createTestPlace();
  const given: BatchOfCalls[] = [];
  const acknowledged = new Set<BatchOfCalls>();
  let key: PrivateKey;
  let batch: (count: number) => BatchOfCalls;
  {
    await using hub = await startTestHub({ place });
    key = hub.ctx.key;
    ({ batch } = await prepare(hub));
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
