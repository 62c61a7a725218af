import {
  addressOf,
  type Digest,
  type PrivateKey,
  receiptId,
  type StatementBody,
  zeroAddress,
} from '@callable/protocol';
import { getReceiptProof } from '@callable/sdk';
import {
  asVersion2,
  joinAsNode,
  playBatches,
  publishBytes,
  randomKey,
  reportBatches,
  reportOf,
} from '@callable/stand-ins';
import { type Kysely, sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Schema } from '../src/db/schema.ts';
import { fileOldReceipts } from './file-old-receipts.ts';
import { createTestPlace, startTestHub, type TestPlace } from './start-test-hub.ts';

const long = { timeout: 20_000 };

/** Takes the schema back to that of a hub which kept a row for each call. */
async function takeBack(db: Kysely<Schema>): Promise<void> {
  await sql`drop table receipt_run, receipt_session, receipt_gap, segment, uncounted_call, release_caller,
    release_stage, event, release_watch, event_cursor, usage_cursor, usage_hour, usage_caller, usage_key, usage_wanted,
    usage_word, usage_said, probe_day, probe_reveal,
    usage_figure, usage_touched, usage_window, usage_fact_cursor, usage_node, usage_day,
    webhook, webhook_pace`.execute(db);
  await sql`alter table probe_caller drop column revealed`.execute(db);
  await sql`drop index statement_of_usage`.execute(db);
  await sql`drop index release_state_changed`.execute(db);
  await sql`create index receipt_session on receipt (node, session, number)`.execute(db);
  await sql`create index receipt_uncounted on receipt (release) where not counted`.execute(db);
  await sql`create index receipt_callers on receipt (release, caller) where outcome = 'good'`.execute(db);
  await sql`delete from kysely_migration where name >= '0026'`.execute(db);
}

/** What all statements of the release say of its calls. */
async function saidOf({ database: { db } }: TestPlace, release: Digest): Promise<StatementBody<'release.called'>[]> {
  const rows = await db
    .selectFrom('statement')
    .select('content')
    .where('kind', '=', 'release.called')
    .where('subject', '=', release)
    .orderBy('seq')
    .execute();
  return rows.map(({ content }) => (JSON.parse(content) as { body: StatementBody<'release.called'> }).body);
}

it('what a hub of before had taken and not counted is counted once by the first start of this one, by whose it was', async () => {
  await using place = await createTestPlace();
  const { db } = place.database;
  const [publisher, node] = [randomKey(), randomKey()];
  const [first, second, early] = [randomKey(), randomKey(), randomKey()];
  let digest: Digest;
  let key: PrivateKey;
  {
    await using hub = await startTestHub({ place });
    key = hub.ctx.key;
    await joinAsNode(hub.client(node));
    ({ digest } = await publishBytes(hub.client(publisher), Buffer.from('called')));
  }
  let number = 0;
  const session = asVersion2('a1'.repeat(32));
  const by = (caller: PrivateKey | null, of: typeof session | Record<string, never> = session) =>
    reportOf(node, digest, caller ? addressOf(caller) : zeroAddress, number++, of).receipt;
  const waiting = [first, first, second, null, publisher, node].map((caller) => by(caller));
  waiting.push(by(null, {}));
  await fileOldReceipts({ db }, waiting, { counted: false });
  await fileOldReceipts({ db }, [by(early)], { counted: true });
  const failed = { release: digest, node: null, caller: zeroAddress, outcome: 'failed' as const, content: null };
  const nobody = { number: null, session: '', counted: false, at: Date.now() };
  const ids = ['f1'.repeat(32), 'f2'.repeat(32)];
  await db
    .insertInto('receipt')
    .values(ids.map((id) => ({ id, ...failed, ...nobody })))
    .execute();
  const unknown = `sha256:${'ee'.repeat(32)}` as Digest;
  await db
    .insertInto('receipt')
    .values({ id: 'f3'.repeat(32), ...failed, ...nobody, release: unknown })
    .execute();
  await takeBack(db);
  {
    await using hub = await startTestHub({ place });
    await expect
      .poll(() => saidOf(place, digest), long)
      .toMatchObject([{ signed: 3, keyless: 2, own: 2, failed: 2, callers: 3 }]);
    const [said] = await saidOf(place, digest);
    expect(said?.byNode).toEqual([{ node: addressOf(node), signed: 3, keyless: 2 }]);
    // Their receipts stay where they were, and enter the log as before.
    const id = receiptId(waiting[0] as Parameters<typeof receiptId>[0]);
    await expect
      .poll(() => getReceiptProof(hub.client(), id).catch(() => null), long)
      .toMatchObject({ receipt: { seq: 0 } });
  }
  // Once: neither the next start nor a report of this version counts any of it again. One caller is known from before.
  await using hub = await startTestHub({ place });
  const player = playBatches(node, addressOf(key));
  await reportBatches(hub.client(key), [player.batch([first, early].map((caller) => ({ release: digest, caller })))]);
  const left = await db.selectFrom('uncounted_call').select(['kind', 'count']).execute();
  expect(left.map(({ kind, count }) => [kind, Number(count)])).toEqual([['signed', 2]]);
  const callers = await db.selectFrom('release_caller').select('caller').where('release', '=', digest).execute();
  expect(callers.map(({ caller }) => caller).sort()).toEqual([first, second, early].map(addressOf).sort());
  expect(await saidOf(place, digest)).toHaveLength(1);
});
