import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addressOf, type BatchOfCalls, type Digest, type PrivateKey } from '@callable/protocol';
import { getLog, getReceipt, listGaps } from '@callable/sdk';
import { type BatchPlayer, joinAsNode, playBatches, publishBytes, randomKey, reportBatches } from '@callable/stand-ins';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import {
  createHubContext,
  defaultHubConfig,
  type HubConfig,
  loadDatabase,
  openLogSource,
  openSnapshot,
  recoverLog,
} from '../src/index.ts';
import { createEmptyDatabase } from './create-empty-database.ts';
import { createTestDatabase } from './create-test-database.ts';
import { saveDatabase } from './save-database.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const long = { timeout: 20_000 };

type Played = {
  config: Partial<HubConfig> & { dataDir: string };
  copy: string;
  key: PrivateKey;
  digest: Digest;
  player: BatchPlayer;
  batches: { before: BatchOfCalls; after: BatchOfCalls[] };
};

const keyless = (digest: Digest, count: number) => Array.from({ length: count }, () => ({ release: digest }));

/** Until what was reported stands under a checkpoint. */
async function untilLogged(hub: TestHub): Promise<void> {
  const { db } = hub.ctx;
  await expect
    .poll(
      () => db.selectFrom('segment').select('id').where('batch', 'is', null).where('file', 'is not', null).execute(),
      long,
    )
    .toEqual([]);
  const last = await db.selectFrom('statement').select(sql<number>`max(seq)`.as('seq')).executeTakeFirstOrThrow();
  await expect.poll(async () => (await getLog(hub.client())).size ?? 0, long).toBeGreaterThan(last.seq);
}

async function untilCounted({ ctx: { db } }: TestHub, calls: number): Promise<void> {
  const sum = () =>
    db
      .selectFrom('usage_hour')
      .select(({ fn }) => fn.sum<number>('keyless').as('calls'))
      .executeTakeFirst();
  await expect.poll(async () => Number((await sum())?.calls ?? 0), long).toBe(calls);
}

/**
 * A hub that took calls behind a backup of its database, which is then put back: of two of three batches the database knows
 * nothing, and the log says that they were there.
 */
async function playRestore(root: string, restored: string): Promise<Played> {
  const [dataDir, copy] = [join(root, 'hub'), join(root, 'copy')];
  await using database = await createTestDatabase();
  const log = { ...defaultHubConfig.log, heads: join(root, 'state') };
  const config = { dataDir, log, databaseUrl: database.url };
  await using hub = await startTestHub({ config });
  const node = randomKey();
  await joinAsNode(hub.client(node));
  const { digest } = await publishBytes(hub.client(), Buffer.from('called'));
  const { key } = hub.ctx;
  const player = playBatches(node, addressOf(key));
  const before = player.batch(keyless(digest, 2));
  await reportBatches(hub.client(key), [before]);
  await untilLogged(hub);
  // What is counted by then has tables of its day, which no schema has: they are in no backup, and counted anew.
  await untilCounted(hub, 2);
  await using snapshot = await openSnapshot(database.url);
  await loadDatabase(restored, (await saveDatabase(snapshot)).saved);
  const after = [player.batch(keyless(digest, 3)), player.batch(keyless(digest, 4))];
  for (const one of after) {
    await reportBatches(hub.client(key), [one]);
    await untilLogged(hub);
  }
  await mkdir(copy);
  await cp(join(dataDir, 'log'), copy, { recursive: true });
  return { config: { ...config, databaseUrl: restored }, copy, key, digest, player, batches: { before, after } };
}

async function recover({ config }: Played, from: readonly string[]) {
  const signal = new AbortController().signal;
  await using ctx = await createHubContext({ ...defaultHubConfig, ...config });
  const sources = await Promise.all(from.map((name) => openLogSource(ctx, name)));
  return await recoverLog(ctx, sources, { giveUp: false, signal });
}

const runsOf = (hub: TestHub) =>
  hub.ctx.db.selectFrom('receipt_run').select(['first', 'last']).orderBy('first').execute();

it.each([
  ['its own files', false],
  ['a copy, as the directory of the log is gone too', true],
])('calls behind a backup that was put back are found and known again, from %s', async (_, isLost) => {
  await using root = await createTestDirectory();
  await using database = await createTestDatabase();
  await using empty = await createEmptyDatabase(database.url);
  const played = await playRestore(root.path, empty.url);
  const { digest, key, player, batches } = played;
  const logDirectory = join(root.path, 'hub', 'log');
  const files = (await readdir(join(logDirectory, 'receipts'))).sort();
  if (isLost) await rm(logDirectory, { recursive: true });
  expect(await recover(played, isLost ? [played.copy] : [])).toMatchObject({ ok: true });
  expect((await readdir(join(logDirectory, 'receipts'))).sort()).toEqual(files);
  await using hub = await startTestHub({ config: played.config });
  await untilCounted(hub, 9);
  const gateway = hub.client(key);
  expect(await runsOf(hub)).toEqual([
    { first: 0, last: 1 },
    { first: 2, last: 4 },
    { first: 5, last: 8 },
  ]);
  for (const number of [0, 2, 8])
    expect(await getReceipt(hub.client(), { session: player.session, number })).toMatchObject({ seq: number });
  // The gateway sends again what it had sent, beside what is new; only that is filed, and follows without a gap.
  const fresh = player.batch(keyless(digest, 1));
  expect(await reportBatches(gateway, [...batches.after, fresh])).toEqual({ filed: 1, known: 2, refused: {} });
  expect(await listGaps(gateway, player.node)).toEqual({ gaps: [], next: null });
  // A number that was signed before the restore is a fork after it as well.
  expect(await reportBatches(gateway, [player.batch(keyless(digest, 2), { first: 3 })])).toMatchObject({
    refused: { fork: 1 },
  });
  const state = await hub.ctx.db
    .selectFrom('node_state')
    .select('convicted')
    .where('node', '=', player.node)
    .executeTakeFirst();
  expect(state?.convicted).toBe(true);
});
