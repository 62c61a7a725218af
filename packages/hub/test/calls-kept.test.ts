import { createHash } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addressOf, type Digest, encodeSegment, requestHeaders, segmentType, zeroBytes32 } from '@callable/protocol';
import { playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Run } from '../src/calls/desk/group-runs.ts';
import { dropUnfiled, followSessions, lockSessions } from '../src/calls/intake/follow-sessions.ts';
import { tendSegments } from '../src/calls/intake/mend-segments.ts';
import { openSnapshot } from '../src/index.ts';
import { playCalls, totals } from './play-calls.ts';
import { createTestPlace, startTestHub, type TestHub, type TestPlace } from './start-test-hub.ts';

const { signal } = new AbortController();
const sessionsOf = async ({ ctx }: TestHub) =>
  (await ctx.db.selectFrom('receipt_session').selectAll().execute()).length;

/** A file as an end leaves it, an hour old. */
async function leave({ path }: TestPlace, bytes: Uint8Array): Promise<string> {
  const name = createHash('sha256').update(bytes).digest('hex');
  const directory = join(path, 'log', 'incoming');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), bytes);
  const before = Date.now() / 1000 - 3600;
  await utimes(join(directory, name), before, before);
  return name;
}
const incomingOf = ({ path }: TestPlace) => readdir(join(path, 'log', 'incoming'));

it('attack: sessions of keys that never joined, and of which nothing is filed, leave no row', async () => {
  await using hub = await startTestHub();
  const gateway = hub.client(hub.ctx.key);
  const { digest } = await publishBytes(hub.client(randomKey()), Buffer.from('called'));
  const calls = (count: number) => Array.from({ length: count }, () => ({ release: digest as Digest }));
  const stranger = () => playBatches(randomKey(), addressOf(hub.ctx.key));
  for (let at = 0; at < 16; at++) await reportBatches(gateway, [stranger().batch(calls(64))]);
  // As many as the evidence of one day has room for, at 64 receipts each.
  expect(await sessionsOf(hub)).toBe(15);
  const many = Array.from({ length: 20 }, () => stranger().batch(calls(64)));
  expect(await reportBatches(gateway, many)).toEqual({ filed: 0, known: 0, refused: { stranger: 20 } });
  expect(await sessionsOf(hub)).toBe(15);
});

it('attack: a report under the name of a gateway that did not sign it puts off nothing', async () => {
  await using hub = await startTestHub();
  const report = (signer: string, signature: string) =>
    fetch(`${hub.url}/v1/calls`, {
      method: 'POST',
      headers: { 'content-type': segmentType, [requestHeaders.signer]: signer, [requestHeaders.signature]: signature },
      body: Buffer.from(encodeSegment({ failures: [], batches: [] })),
    });
  const { status } = await report(addressOf(hub.ctx.key), `0x${'11'.repeat(65)}`);
  expect([status, hub.ctx.calls.isQuiet(3600_000)]).toEqual([401, true]);
  await reportBatches(hub.client(hub.ctx.key), []);
  expect(hub.ctx.calls.isQuiet(3600_000)).toBe(false);
});

it('attack: more runs in one report than a statement has values are taken, and wait in nobody’s queue', async () => {
  await using hub = await startTestHub();
  const node = addressOf(randomKey());
  const count = 11_000;
  const runs = Array.from({ length: count }, (_, first): Run => {
    const [previous, head] = [first, first + 1].map((at) => at.toString(16).padStart(64, '0'));
    return {
      node,
      session: 'ab'.repeat(32),
      gateway: node,
      first,
      last: first,
      batches: 1,
      ...{ previous, head },
    } as Run;
  });
  expect(runs[0]?.previous).toBe(zeroBytes32);
  const segment = {
    ...{ id: 'x', gateway: node, arrived_at: 1, batches: count, calls: count, from_at: 1, to_at: 1, filed: null },
    ...{ file: null, offset: 0, length: 0, batch: null },
  };
  await hub.ctx.db.insertInto('segment').values(segment).execute();
  await hub.ctx.db.transaction().execute(async (tx) => {
    await lockSessions(tx, runs, 1);
    await followSessions(tx, 'x', runs, 1);
    await dropUnfiled(tx, runs);
  });
  const rows = await hub.ctx.db.selectFrom('receipt_run').select('first').where('node', '=', node).execute();
  expect(rows).toHaveLength(count);
  const session = await hub.ctx.db.selectFrom('receipt_session').selectAll().executeTakeFirstOrThrow();
  expect(session).toMatchObject({ node, next: count, head: runs.at(-1)?.head });
});

it('attack by a slow backup: what its snapshot names is not swept away before the backup has ended, however old it is', async () => {
  await using place = await createTestPlace();
  await using hub = await startTestHub({ place });
  const memory = { left: new Set<string>() };
  let name = '';
  {
    await using _ = await openSnapshot(place.database.url);
    // Not before: a round of the hub itself would sweep it.
    name = await leave(place, Buffer.from('under its statement by now'));
    await tendSegments(hub.ctx, memory, signal);
    expect(await incomingOf(place)).toContain(name);
  }
  await expect
    .poll(async () => {
      await tendSegments(hub.ctx, memory, signal);
      return await incomingOf(place);
    })
    .not.toContain(name);
});

it('attack by an accident: what could not be taken in, as the database was away, is kept and taken in the next round', async () => {
  await using place = await createTestPlace();
  await using hub = await startTestHub({ place });
  const { batch } = await playCalls(hub);
  // First: the hub looks by itself as it starts.
  await sql`alter table receipt_run rename to away`.execute(hub.ctx.db);
  const name = await leave(place, encodeSegment({ failures: [], batches: [batch(3)] }));
  const half = await leave(place, Buffer.from('half of one'));
  const memory = { left: null };
  await tendSegments(hub.ctx, memory, signal);
  expect(await incomingOf(place)).toContain(name);
  expect(await incomingOf(place)).not.toContain(half);
  expect(memory).toEqual({ left: new Set([name]) });
  await sql`alter table away rename to receipt_run`.execute(hub.ctx.db);
  await tendSegments(hub.ctx, memory, signal);
  expect(memory).toEqual({ left: new Set() });
  await expect.poll(() => totals(place), { timeout: 20_000 }).toEqual({ counted: 3, filed: 3 });
});
