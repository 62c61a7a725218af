import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addressOf, parseCheckpoint, signStatement } from '@callable/protocol';
import { getLog, getRelease, readLogFile, submitStatement } from '@callable/sdk';
import { publishBytes, randomKey, signForHub } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import { createHubContext, defaultHubConfig, type HubContext, openLogSource, recoverLog } from '../src/index.ts';
import { createTestDatabase } from './create-test-database.ts';
import { readWholeLog } from './read-whole-log.ts';
import { startTestHub, type TestHub } from './start-test-hub.ts';

const second = { timeout: 10_000 };
const claim = (hub: TestHub, handle: string) =>
  signForHub(hub.client(), { kind: 'handle.claimed', subject: handle, body: { handle } });
const sizeOf = async (hub: TestHub) => (await getLog(hub.client())).size ?? 0;
const stateOf = async (hub: TestHub) => (await getLog(hub.client())).state;

async function claimAndWait(hub: TestHub, handle: string): Promise<number> {
  const { seq } = await submitStatement(hub.client(), claim(hub, handle));
  await expect.poll(() => sizeOf(hub), second).toBeGreaterThan(seq);
  return seq;
}

type Config = { dataDir: string; log: typeof defaultHubConfig.log };

/** A hub that publishes behind a backup of it: what its database held at the backup, and the log as it stood in the end. */
async function runPastBackup(config: Config, copy: string) {
  await using hub = await startTestHub({ config });
  const { db } = hub.ctx;
  await claimAndWait(hub, 'before');
  const early = {
    statement: await db.selectFrom('statement').selectAll().orderBy('seq').execute(),
    log_head: await db.selectFrom('log_head').selectAll().execute(),
    handle: await db.selectFrom('handle').selectAll().execute(),
  };
  await cp(config.dataDir, copy, { recursive: true });
  const { digest } = await publishBytes(hub.client(), Buffer.from('published late'));
  const { manifest } = await getRelease(hub.client(), digest);
  await claimAndWait(hub, 'late');
  const { entries } = await readWholeLog(readLogFile(hub.client()), hub.ctx.tlog.key);
  return { early, digest, manifest, entries };
}

/** Such a hub, and another database into which the backup was restored. */
async function playRestore(root: string) {
  const dataDir = join(root, 'hub');
  const config = { dataDir, log: { ...defaultHubConfig.log, heads: join(root, 'state') } };
  const copy = join(root, 'copy');
  const { early, ...late } = await runPastBackup(config, copy);
  await cp(join(dataDir, 'log'), join(root, 'log-copy'), { recursive: true });
  const database = await createTestDatabase();
  await database.db.insertInto('statement').values(early.statement).execute();
  await database.db.insertInto('log_head').values(early.log_head).execute();
  await database.db.insertInto('handle').values(early.handle).execute();
  return {
    ...late,
    // It may have signed more while it stopped.
    size: (await readSize(dataDir)) ?? late.entries.length,
    early: early.statement.length,
    config: { ...config, databaseUrl: database.url },
    async putBackDirectory() {
      await rm(dataDir, { recursive: true });
      await rename(copy, dataDir);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const readSize = async (dataDir: string) => parseCheckpoint(await readFile(join(dataDir, 'log-head'), 'utf8'))?.size;

type Played = Awaited<ReturnType<typeof playRestore>>;

async function recover({ config }: Played, from: readonly string[], giveUp = false) {
  const signal = new AbortController().signal;
  await using ctx: HubContext & AsyncDisposable = await createHubContext({ ...defaultHubConfig, ...config });
  const sources = await Promise.all(from.map((name) => openLogSource(ctx, name)));
  return await recoverLog(ctx, sources, { giveUp, signal });
}

it('a database put back to a point in time is recovered from the files of the log beside it', async () => {
  await using root = await createTestDirectory();
  await using played = await playRestore(root.path);
  {
    await using hub = await startTestHub({ config: played.config });
    expect(await stateOf(hub)).toMatch(/^refused: There are/);
    await expect(submitStatement(hub.client(), claim(hub, 'other'))).rejects.toMatchObject({ code: 'LogRolledBack' });
  }
  const recovered = played.size - played.early;
  expect(await recover(played, [])).toMatchObject({
    ok: true,
    recovery: { size: played.size, recovered, moved: 0, ended: null, releases: { missing: [played.digest] } },
  });
  await using hub = await startTestHub({ config: played.config });
  await claimAndWait(hub, 'after');
  const { entries } = await readWholeLog(readLogFile(hub.client()), hub.ctx.tlog.key);
  expect(entries.slice(0, played.entries.length)).toEqual(played.entries);
  // Whose handle it is came back with the entry.
  await expect(submitStatement(hub.client(), claim(hub, 'late'))).rejects.toMatchObject({ code: 'HandleTaken' });
});

it('a directory put back is recovered from a copy, which brings entries, manifests and signing back', async () => {
  await using root = await createTestDirectory();
  await using played = await playRestore(root.path);
  await played.putBackDirectory();
  const copy = join(root.path, 'log-copy');
  await mkdir(join(copy, 'manifests'));
  await writeFile(join(copy, 'manifests', `${played.digest.slice(7)}.json`), JSON.stringify(played.manifest));
  expect(await recover(played, [])).toMatchObject({ ok: false, size: played.size });
  expect(await recover(played, [copy])).toMatchObject({
    ok: true,
    recovery: { releases: { brought: [played.digest] } },
  });
  await using hub = await startTestHub({ config: played.config });
  await claimAndWait(hub, 'after');
  const { entries } = await readWholeLog(readLogFile(hub.client()), hub.ctx.tlog.key);
  expect(entries.slice(0, played.entries.length)).toEqual(played.entries);
  expect((await getRelease(hub.client(), played.digest)).manifest).toEqual(played.manifest);
});

it('attack: a copy with one entry changed, left out or invented brings nothing back', async () => {
  await using root = await createTestDirectory();
  await using played = await playRestore(root.path);
  await played.putBackDirectory();
  const copy = join(root.path, 'log-copy');
  const bundle = join(copy, 'tile', 'entries', '000.p', String(played.size));
  const honest = await readFile(bundle);
  const changed = Buffer.from(honest.toString('latin1').replace('"late"', '"liar"'), 'latin1');
  for (const bytes of [changed, honest.subarray(0, -1), Buffer.of()]) {
    await writeFile(bundle, bytes);
    expect(await recover(played, [copy])).toMatchObject({ ok: false });
  }
  // One that lies spoils nothing.
  const liar = join(root.path, 'liar');
  await cp(copy, liar, { recursive: true });
  await writeFile(bundle, honest);
  expect(await recover(played, [liar, copy])).toMatchObject({ ok: true });
});

it('what was taken in since the copy was put back stands behind what is recovered', async () => {
  await using root = await createTestDirectory();
  await using played = await playRestore(root.path);
  await played.putBackDirectory();
  const key = randomKey();
  {
    await using ctx = await createHubContext({ ...defaultHubConfig, ...played.config });
    const body = { handle: 'meanwhile' };
    const fact = { kind: 'handle.claimed', subject: 'meanwhile', body, issuedAt: Date.now(), hub: ctx.rules.hub };
    await ctx.db.transaction().execute((tx) => appendStatement(ctx, tx, signStatement(fact, key)));
  }
  expect(await recover(played, [join(root.path, 'log-copy')])).toMatchObject({ ok: true, recovery: { moved: 1 } });
  await using hub = await startTestHub({ config: played.config });
  await claimAndWait(hub, 'after');
  const { entries } = await readWholeLog(readLogFile(hub.client()), hub.ctx.tlog.key);
  expect(entries.slice(0, played.entries.length)).toEqual(played.entries);
  expect(entries[played.size]?.statement).toMatchObject({ subject: 'meanwhile', signer: addressOf(key) });
});

it('a hub that has signed both histories cannot be recovered, only ended', async () => {
  await using root = await createTestDirectory();
  await using played = await playRestore(root.path);
  await played.putBackDirectory();
  const forgetful = { ...played.config, log: { ...played.config.log, heads: null } };
  {
    await using hub = await startTestHub({ config: forgetful });
    await claimAndWait(hub, 'another-history');
  }
  const copy = join(root.path, 'log-copy');
  const verdict = await recover(played, [copy]);
  expect(verdict.ok ? 'recovered' : verdict.why.join(' ')).toMatch(/signed two histories/);
  expect(await recover(played, [copy], true)).toMatchObject({ ok: true });
});

it('what cannot be recovered starts a new log that names the old one', async () => {
  await using root = await createTestDirectory();
  await using played = await playRestore(root.path);
  await played.putBackDirectory();
  const verdict = await recover(played, [], true);
  const kept = verdict.ok ? (verdict.recovery.ended?.kept ?? -1) : -1;
  const origin = `callable/${played.entries[0]?.statement.signer}`;
  expect(verdict).toMatchObject({
    ok: true,
    recovery: { ended: { origin, size: played.size, lost: played.size - kept, successor: `${origin}/2` } },
  });
  await using hub = await startTestHub({ config: played.config });
  await claimAndWait(hub, 'in-the-new-log');
  const { checkpoint, entries } = await readWholeLog(readLogFile(hub.client()), hub.ctx.tlog.key);
  expect(checkpoint.origin).toBe(`${origin}/2`);
  expect(entries.slice(0, kept)).toEqual(played.entries.slice(0, kept));
  const continued = entries.find(({ statement }) => statement.kind === 'log.continued')?.statement;
  expect(continued?.body).toMatchObject({
    origin: `${origin}/2`,
    vkey: hub.ctx.tlog.vkey,
    ended: { origin, size: played.size },
    kept,
    lost: played.size - kept,
  });
  expect(kept).toBeGreaterThan(0);
});
