import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { addressOf, openCheckpoint, toHex } from '@callable/protocol';
import { getLog, readLogFile, submitStatement } from '@callable/sdk';
import {
  joinAsNode,
  playBatches,
  publishBytes,
  randomKey,
  reportBatches,
  reportOf,
  signForHub,
} from '@callable/stand-ins';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { defaultLogConfig } from '../src/config/read-log-config.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import type { HubConfig } from '../src/index.ts';
import { createTestDatabase } from './create-test-database.ts';
import { fileOldReceipts } from './file-old-receipts.ts';
import { readWholeLog } from './read-whole-log.ts';
import { createTestPlace, startTestHub, type TestHub, type TestPlace } from './start-test-hub.ts';

const second = { timeout: 10_000 };
const claim = (hub: TestHub, handle: string) =>
  signForHub(hub.client(), { kind: 'handle.claimed', subject: handle, body: { handle } });
const sizeOf = async (hub: TestHub) => (await getLog(hub.client())).size ?? 0;
const stateOf = async (hub: TestHub) => (await getLog(hub.client())).state;

async function claimMany(hub: TestHub, prefix: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await submitStatement(hub.client(), claim(hub, `${prefix}-${i}`));
}

async function claimAndWait(hub: TestHub, prefix: string, count: number): Promise<void> {
  const before = await sizeOf(hub);
  await claimMany(hub, prefix, count);
  await expect.poll(() => sizeOf(hub), second).toBeGreaterThanOrEqual(before + count);
}

/** What a backup holds of the log. */
async function backUp({ ctx }: TestHub) {
  return {
    statements: await ctx.db.selectFrom('statement').selectAll().orderBy('seq').execute(),
    heads: await ctx.db.selectFrom('log_head').selectAll().execute(),
  };
}

/** Runs a hub on this directory, and gives its log as it stood after five statements and when it stopped. */
async function runPastBackup(dataDir: string) {
  await using hub = await startTestHub({ config: { dataDir } });
  await claimAndWait(hub, 'before', 5);
  const early = await backUp(hub);
  await claimAndWait(hub, 'after', 5);
  return { early, late: await backUp(hub) };
}

/** A hub on the same directory and a database into which this backup was restored. */
async function startRestored(
  dataDir: string,
  backup: Awaited<ReturnType<typeof backUp>>,
  config: Partial<HubConfig> = {},
) {
  const database = await createTestDatabase();
  await database.db.insertInto('statement').values(backup.statements).execute();
  if (backup.heads.length > 0) await database.db.insertInto('log_head').values(backup.heads).execute();
  const hub = await startTestHub({ config: { dataDir, databaseUrl: database.url, ...config } });
  return {
    hub,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

it('attack: a database restored from an old backup makes the hub refuse to sign, loudly and for good', async () => {
  await using directory = await createTestDirectory();
  const { early } = await runPastBackup(directory.path);
  const files = () =>
    Promise.all(['log/checkpoint', 'log-head'].map((path) => readFile(join(directory.path, path), 'utf8')));
  const before = await files();
  await using restored = await startRestored(directory.path, early);
  await expect
    .poll(() => stateOf(restored.hub), second)
    .toMatch(/^refused: There are [67] statements, but a head over \d+ is signed/);
  // Ten that were claimed after the backup, and what the hub itself had to say of jobs meanwhile.
  expect(Number(/head over (\d+)/.exec(await stateOf(restored.hub))?.[1])).toBeGreaterThan(10);
  await expect(claimMany(restored.hub, 'other', 1)).rejects.toMatchObject({ code: 'LogRolledBack' });
  const ready = await fetch(`${restored.hub.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(JSON.stringify(await ready.json())).toContain('refused');
  expect(await files()).toEqual(before);
});

it('begins another log after such a restore when it is given another origin', async () => {
  await using directory = await createTestDirectory();
  const { early } = await runPastBackup(directory.path);
  const log = { ...defaultLogConfig, origin: 'callable/second' };
  await rename(join(directory.path, 'log'), join(directory.path, 'log-of-before'));
  await rename(join(directory.path, 'log-head'), join(directory.path, 'log-head-of-before'));
  await using restored = await startRestored(directory.path, early, { log });
  await claimAndWait(restored.hub, 'other', 3);
  const { checkpoint, entries } = await readWholeLog(readLogFile(restored.hub.client()), restored.hub.ctx.tlog.key);
  expect(checkpoint.origin).toBe('callable/second');
  const opened = entries.filter(({ statement }) => statement.kind === 'log.opened');
  expect(opened.map(({ statement }) => statement.body['origin'])).toEqual([
    `callable/${restored.hub.ctx.rules.hub}`,
    'callable/second',
  ]);
});

it('attack: an old backup that has grown other statements since is refused at the next start too', async () => {
  await using directory = await createTestDirectory();
  const { early } = await runPastBackup(directory.path);
  let grown: Awaited<ReturnType<typeof backUp>>;
  {
    // Where no memory of it is left, it grows.
    await using elsewhere = await createTestDirectory();
    for (const key of ['hub-key', 'log-key']) await cp(join(directory.path, key), join(elsewhere.path, key));
    await using restored = await startRestored(elsewhere.path, early);
    await claimMany(restored.hub, 'other', 12);
    grown = await backUp(restored.hub);
  }
  for (const heads of [early.heads, []]) {
    await using restored = await startRestored(directory.path, { ...grown, heads });
    await expect
      .poll(() => stateOf(restored.hub), second)
      .toMatch(/^refused: The statements are not the 1[12] that the signed head covers/);
  }
});

it('attack: statements changed behind an unchanged head are found at the next start', async () => {
  await using directory = await createTestDirectory();
  const { late } = await runPastBackup(directory.path);
  const statements = late.statements.map((row) => (row.seq === 3 ? { ...row, logged_at: row.logged_at + 1 } : row));
  await using restored = await startRestored(directory.path, { ...late, statements });
  await expect.poll(() => stateOf(restored.hub), second).toMatch(/^refused: The statements are not/);
});

it('attack: a statement far behind the head was changed: the log goes on at once, and ends when it is found', async () => {
  await using directory = await createTestDirectory();
  let late: Awaited<ReturnType<typeof backUp>>;
  {
    await using hub = await startTestHub({ config: { dataDir: directory.path } });
    await hub.ctx.db.transaction().execute(async (tx) => {
      for (let i = 0; i < 300; i++) await appendStatement(hub.ctx, tx, claim(hub, `far-${i}`));
    });
    await expect.poll(() => sizeOf(hub), second).toBeGreaterThan(300);
    late = await backUp(hub);
  }
  const before = await readFile(join(directory.path, 'log', 'checkpoint'), 'utf8');
  const statements = late.statements.map((row) => (row.seq === 3 ? { ...row, logged_at: row.logged_at + 1 } : row));
  await using restored = await startRestored(directory.path, { ...late, statements });
  await expect.poll(() => stateOf(restored.hub), second).toMatch(/^refused: The statements are not/);
  const state = await stateOf(restored.hub);
  await expect(claimMany(restored.hub, 'later', 1)).rejects.toMatchObject({ code: 'LogRolledBack' });
  expect(await stateOf(restored.hub)).toBe(state);
  // Whatever was signed meanwhile continues what was signed before: there is one history.
  const { checkpoint, rootAt } = await readWholeLog(readLogFile(restored.hub.client()), restored.hub.ctx.tlog.key);
  const old = openCheckpoint(before, restored.hub.ctx.tlog.key);
  if (!old.ok) throw new Error(old.why);
  expect(checkpoint.size).toBeGreaterThanOrEqual(old.checkpoint.size);
  expect(await rootAt(old.checkpoint.size)).toBe(toHex(old.checkpoint.root));
});

it('goes on where it was when only the heads were lost, or files were lost or damaged', async () => {
  await using directory = await createTestDirectory();
  const { late } = await runPastBackup(directory.path);
  await writeFile(join(directory.path, 'log', 'tile', 'entries', '000.p', String(late.statements.length)), 'damaged');
  await rm(join(directory.path, 'log', 'tile', '0'), { recursive: true });
  await using restored = await startRestored(directory.path, { ...late, heads: [] });
  await claimMany(restored.hub, 'more', 3);
  // The head that was published may be of before the last of the old statements.
  await expect.poll(() => sizeOf(restored.hub), second).toBe(late.statements.length + 3);
  const { checkpoint } = await readWholeLog(readLogFile(restored.hub.client()), restored.hub.ctx.tlog.key);
  expect(checkpoint.size).toBe(late.statements.length + 3);
});

it('makes all files anew from the statements when the directory of the log was lost', async () => {
  await using directory = await createTestDirectory();
  const { late } = await runPastBackup(directory.path);
  await rm(join(directory.path, 'log'), { recursive: true });
  await using restored = await startRestored(directory.path, late);
  await claimAndWait(restored.hub, 'more', 3);
  await readWholeLog(readLogFile(restored.hub.client()), restored.hub.ctx.tlog.key);
});

async function readTree(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (path) => [relative(directory, path), (await readFile(path)).toString('base64')] as const),
    ),
  );
}

/** A hub whose log holds three batches of receipts; its log directory when it has stopped. */
async function runWithReceipts(place: TestPlace): Promise<Map<string, string>> {
  {
    await using hub = await startTestHub({ place });
    const node = randomKey();
    await joinAsNode(hub.client(node));
    const { digest } = await publishBytes(hub.client(), Buffer.from('called'));
    for (let batch = 0; batch < 3; batch++) {
      const numbers = [0, 1, 2, 3, 4].map((i) => 5 * batch + i);
      const reports = numbers.map((seq) => reportOf(node, digest, addressOf(randomKey()), seq));
      await fileOldReceipts(
        hub.ctx,
        reports.map(({ receipt }) => receipt),
      );
      const batched = () => hub.ctx.db.selectFrom('receipt').select('batch').where('batch', 'is not', null).execute();
      await expect.poll(batched, second).toHaveLength(5 * (batch + 1));
    }
    const { seq } = await hub.ctx.db
      .selectFrom('statement')
      .select('seq')
      .where('kind', '=', 'receipts.batched')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow();
    await expect.poll(() => sizeOf(hub), second).toBeGreaterThan(seq);
  }
  return readTree(join(place.path, 'log'));
}
const receiptFiles = (files: Map<string, string>) =>
  new Map([...files].filter(([path]) => path.startsWith('receipts/')));

it('the directory of the log was lost: everything comes back byte for byte, receipts too', async () => {
  await using place = await createTestPlace();
  const before = await runWithReceipts(place);
  expect(receiptFiles(before).size).toBe(3);
  await rm(join(place.path, 'log'), { recursive: true });
  {
    await using hub = await startTestHub({ place });
    await expect.poll(() => stateOf(hub), second).toBe('ok');
  }
  const after = await readTree(join(place.path, 'log'));
  expect(receiptFiles(after)).toEqual(receiptFiles(before));
  // Partial files of heads that nobody can ask for any more are not made again.
  for (const [path, bytes] of before)
    if (after.has(path) && path !== 'checkpoint') expect({ path, bytes: after.get(path) }).toEqual({ path, bytes });
  expect([...after.keys()].some((path) => path.startsWith('tile/entries/'))).toBe(true);
});

it('attack: leaves of receipts are damaged, cut short or taken away: they are written again at the start', async () => {
  await using place = await createTestPlace();
  const before = await runWithReceipts(place);
  const [one = '', two = '', three = ''] = receiptFiles(before).keys();
  const path = (name: string) => join(place.path, 'log', name);
  const bytes = await readFile(path(one));
  await writeFile(path(one), bytes.subarray(0, bytes.length - 1));
  await writeFile(path(two), Buffer.concat([await readFile(path(two)), Buffer.of(0)]));
  await rm(path(three));
  await using _hub = await startTestHub({ place });
  const mended = async () => receiptFiles(await readTree(join(place.path, 'log')));
  await expect.poll(mended, second).toEqual(receiptFiles(before));
});

it('says at the start, loudly, of which batches the receipts are gone from everywhere; a kept file is enough', async () => {
  await using place = await createTestPlace();
  const before = await runWithReceipts(place);
  const [one = ''] = receiptFiles(before).keys();
  await place.database.db.deleteFrom('receipt').execute();
  await rm(join(place.path, 'log', one));
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  await using hub = await startTestHub({ place, overrides: { log } });
  const said = () => lines.map((line) => JSON.parse(line)).filter((line) => line.batches !== undefined);
  const first = [Number(one.split('/')[1])];
  const msg = expect.stringContaining('can be proven no more');
  await expect.poll(said, second).toEqual([expect.objectContaining({ batches: 1, first, msg })]);
  expect(await stateOf(hub)).toBe('ok');
});

it('segments are damaged or taken away: they are written again from where they waited, or the start says which are gone', async () => {
  await using place = await createTestPlace();
  const filed: number[] = [];
  {
    await using hub = await startTestHub({ place });
    const node = randomKey();
    await joinAsNode(hub.client(node));
    const { digest } = await publishBytes(hub.client(), Buffer.from('called'));
    const player = playBatches(node, addressOf(hub.ctx.key));
    for (let batch = 1; batch <= 3; batch++) {
      const calls = Array.from({ length: batch }, () => ({ release: digest }));
      await reportBatches(hub.client(hub.ctx.key), [player.batch(calls)]);
      const rows = () =>
        hub.ctx.db.selectFrom('segment').select('batch').where('file', 'like', 'receipts/%').orderBy('batch').execute();
      await expect.poll(rows, second).toHaveLength(batch);
      filed.push(Number((await rows()).at(-1)?.batch));
    }
    await expect.poll(() => sizeOf(hub), second).toBeGreaterThan(filed.at(-1) as number);
  }
  const before = await readTree(join(place.path, 'log'));
  const path = (seq: number | undefined) => join(place.path, 'log', `receipts/${seq}`);
  const bytes = await readFile(path(filed[0]));
  await writeFile(path(filed[0]), bytes.subarray(0, bytes.length - 1));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await rm(path(filed[1]));
  {
    await using _hub = await startTestHub({ place });
    const mended = async () => receiptFiles(await readTree(join(place.path, 'log')));
    await expect.poll(mended, second).toEqual(receiptFiles(before));
  }
  await rm(path(filed[2]));
  await rm(join(place.path, 'log', 'incoming'), { recursive: true });
  const lines: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  await using hub = await startTestHub({ place, overrides: { log } });
  const said = () => lines.map((line) => JSON.parse(line)).filter((line) => line.batches !== undefined);
  await expect.poll(said, second).toEqual([expect.objectContaining({ batches: 1, first: [filed[2]] })]);
  expect(await stateOf(hub)).toBe('ok');
});

it('does not write over the log of another key', async () => {
  await using directory = await createTestDirectory();
  const { late } = await runPastBackup(directory.path);
  await rm(join(directory.path, 'log-key'));
  await using restored = await startRestored(directory.path, late);
  await expect.poll(() => stateOf(restored.hub), second).toMatch(/^refused: .* is not by callable\//);
});
