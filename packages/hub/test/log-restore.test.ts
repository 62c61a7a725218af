import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signStatement } from '@callable/protocol';
import { getLog, readLogFile, submitStatement } from '@callable/sdk';
import { expect, it } from 'vitest';
import type { HubConfig } from '../src/index.ts';
import { defaultLogConfig } from '../src/log/log-config.ts';
import { createTestDatabase } from './create-test-database.ts';
import { createTestDirectory } from './create-test-directory.ts';
import { readWholeLog } from './read-whole-log.ts';
import { randomKey, startTestHub, type TestHub } from './start-test-hub.ts';

const second = { timeout: 10_000 };
const claim = (handle: string) =>
  signStatement({ kind: 'handle.claimed', subject: handle, body: { handle }, issuedAt: Date.now() }, randomKey());
const sizeOf = async (hub: TestHub) => (await getLog(hub.client())).size ?? 0;
const stateOf = async (hub: TestHub) => (await getLog(hub.client())).state;

async function claimMany(hub: TestHub, prefix: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await submitStatement(hub.client(), claim(`${prefix}-${i}`));
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
    .toMatch(/^refused: There are [67] statements, but a head over 1[12]/);
  await claimMany(restored.hub, 'other', 12);
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
    await using restored = await startRestored(directory.path, early);
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

it('goes on where it was when only the heads were lost, or files were lost or damaged', async () => {
  await using directory = await createTestDirectory();
  const { late } = await runPastBackup(directory.path);
  await writeFile(join(directory.path, 'log', 'tile', 'entries', '000.p', String(late.statements.length)), 'damaged');
  await rm(join(directory.path, 'log', 'tile', '0'), { recursive: true });
  await using restored = await startRestored(directory.path, { ...late, heads: [] });
  await claimAndWait(restored.hub, 'more', 3);
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

it('does not write over the log of another key', async () => {
  await using directory = await createTestDirectory();
  const { late } = await runPastBackup(directory.path);
  await rm(join(directory.path, 'log-key'));
  await using restored = await startRestored(directory.path, late);
  await expect.poll(() => stateOf(restored.hub), second).toMatch(/^refused: .* is not by callable\//);
});
