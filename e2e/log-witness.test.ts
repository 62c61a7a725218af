import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HubConfig } from '@callable/hub';
import { startLocalNetwork } from '@callable/local';
import { findEquivocation, type NoteKey, openCheckpoint, parseVerifierKey } from '@callable/protocol';
import { createClient, getLog, makeStatement, readLogFile } from '@callable/sdk';
import { randomKey } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../packages/hub/test/create-test-database.ts';
import { startTestHub, type TestHub } from '../packages/hub/test/start-test-hub.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { type CallableProcess, spawnCallable } from './support/spawn-callable.ts';
import { untilLine } from './support/until-line.ts';

const soon = { timeout: 15_000 };

type WitnessProcess = AsyncDisposable & { url: string; vkey: string; process: CallableProcess };

/** `callable witness` as an operator starts it. */
async function startWitness(home: string, log: string, name: string, port = 0): Promise<WitnessProcess> {
  const listen = `127.0.0.1:${port}`;
  const words = ['witness', '--json', '--vkey', log, '--data', join(home, name), '--listen', listen];
  const process = spawnCallable(words, { home });
  const { url, vkey } = JSON.parse(await untilLine(process, '"ready":true')) as { url: string; vkey: string };
  return {
    url,
    vkey,
    process,
    async [Symbol.asyncDispose]() {
      process.child.kill('SIGKILL');
      await process.ended;
    },
  };
}

const claim = (hub: TestHub, handle: string) =>
  makeStatement(hub.client(), { kind: 'handle.claimed', subject: handle, body: { handle } });
const viewOf = (hub: TestHub) => getLog(hub.client());
const noteOf = async (hub: TestHub) => Buffer.from((await readLogFile(hub.client())('checkpoint')) ?? []).toString();

it('a hub publishes only what its witnesses cosigned, and cannot show them two histories', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  await using other = await openTempDir();
  let vkey: string;
  {
    await using hub = await startTestHub({ config: { dataDir: data.path } });
    vkey = hub.ctx.tlog.vkey;
    // The same keys, before anything is signed: what an operator needs to lie to half of the world.
    for (const name of ['hub-key', 'log-key']) await cp(join(data.path, name), join(other.path, name));
    await expect.poll(async () => (await viewOf(hub)).size, soon).toBeGreaterThan(0);
  }
  const log = parseVerifierKey(vkey) as NoteKey;
  await using first = await startWitness(home.path, vkey, 'first');
  await using second = await startWitness(home.path, vkey, 'second');
  const keys = [first, second].map((witness) => parseVerifierKey(witness.vkey) as NoteKey);
  const witnesses = [first, second].map(({ url }, at) => ({ url, key: keys[at] as NoteKey }));
  const config = (atLeast: number) => ({ log: { origin: null, directory: null, heads: null, witnesses, atLeast } });
  const quorum = { witnesses: keys, atLeast: 2 };
  const sizeAfter = async (hub: TestHub, handle: string) => {
    const { seq } = await claim(hub, handle);
    await expect.poll(async () => (await viewOf(hub)).size, soon).toBeGreaterThan(seq);
    return noteOf(hub);
  };

  const checkpoints: string[] = [];
  await using directory = await openTempDir();
  for (const name of ['hub-key', 'log-key']) await cp(join(data.path, name), join(directory.path, name));
  await using hub = await startTestHub({ config: { ...config(2), dataDir: directory.path } });
  for (let i = 0; i < 3; i++) checkpoints.push(await sizeAfter(hub, `honest-${i}`));
  for (const note of checkpoints) expect(openCheckpoint(note, log, quorum)).toMatchObject({ ok: true });

  // One witness away: the last published checkpoint stays, and the hub says why.
  await second[Symbol.asyncDispose]();
  const { seq } = await claim(hub, 'while-away');
  await expect
    .poll(async () => (await viewOf(hub)).state, soon)
    .toMatch(/^waiting for witnesses: 1 of 2 .*ECONNREFUSED/);
  expect(await noteOf(hub)).toBe(checkpoints.at(-1));
  const ready = (await fetch(`${hub.url}/readyz`).then((answer) => answer.json())) as { checks: { log: string } };
  expect(ready.checks.log).toContain('waiting for witnesses');
  await using _back = await startWitness(home.path, vkey, 'second', Number(new URL(second.url).port));
  await expect.poll(async () => (await viewOf(hub)).size, soon).toBeGreaterThan(seq);
  expect(openCheckpoint(await noteOf(hub), log, quorum)).toMatchObject({ ok: true });

  // Attack: the same log and keys, another history.
  await using liar = await startTestHub({ config: { ...config(2), dataDir: other.path } });
  // Its witnesses say the head they cosigned: that ends all writing there, not only the publishing.
  await expect.poll(async () => (await viewOf(liar)).state, soon).toMatch(/^refused: .*that this hub has signed/);
  expect((await viewOf(liar)).size).toBeNull();
  await expect(claim(liar, 'a-lie')).rejects.toMatchObject({ code: 'LogRolledBack' });
  const signed = await readFile(join(other.path, 'log-head'), 'utf8');
  expect(openCheckpoint(signed, log, { ...quorum, atLeast: 1 })).toEqual({ ok: false, why: 'witnesses' });
}, 120_000);

it('attack: two witnesses on one directory, which could cosign two histories', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  await using hub = await startTestHub({ config: { dataDir: data.path } });
  const { vkey } = hub.ctx.tlog;
  {
    await using first = await startWitness(home.path, vkey, 'one');
    const words = ['witness', '--vkey', vkey, '--data', join(home.path, 'one'), '--listen', '127.0.0.1:0'];
    const { code, stderr } = await spawnCallable(words, { home: home.path }).ended;
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      `A witness already runs on ${join(home.path, 'one')} (process ${first.process.child.pid})`,
    );
  }
  // Killed, it holds up nobody.
  await using _next = await startWitness(home.path, vkey, 'one');
});

it('the network of one process takes a witness, and publishes only what it cosigned', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  await using database = await createTestDatabase();
  const start = (log: HubConfig['log']) =>
    startLocalNetwork({ dataDir: data.path, port: 0, databaseUrl: database.url, nodes: 0, hub: { log } });
  const unwitnessed = { origin: null, directory: null, heads: null, witnesses: [], atLeast: 0 };
  let vkey: string;
  {
    await using network = await start(unwitnessed);
    ({ vkey } = await getLog(createClient(network.url)));
  }
  await using witness = await startWitness(home.path, vkey, 'one');
  const key = parseVerifierKey(witness.vkey) as NoteKey;
  await using network = await start({ ...unwitnessed, witnesses: [{ url: witness.url, key }], atLeast: 1 });
  const client = createClient(network.url, { key: randomKey() });
  const fact = { kind: 'handle.claimed', subject: 'witnessed', body: { handle: 'witnessed' } } as const;
  const { seq } = await makeStatement(client, fact);
  await expect.poll(async () => (await getLog(client)).size, soon).toBeGreaterThan(seq);
  const note = Buffer.from((await readLogFile(client)('checkpoint')) ?? []).toString();
  expect(openCheckpoint(note, parseVerifierKey(vkey) as NoteKey, { witnesses: [key], atLeast: 1 })).toMatchObject({
    ok: true,
  });
}, 60_000);

it('attack: a hub that needs no witness shows two histories, and its own signatures prove it', async () => {
  await using one = await openTempDir();
  await using two = await openTempDir();
  await using honest = await startTestHub({ config: { dataDir: one.path } });
  for (const name of ['hub-key', 'log-key']) await cp(join(one.path, name), join(two.path, name));
  await using liar = await startTestHub({ config: { dataDir: two.path } });
  const log = honest.ctx.tlog.key;
  const notes = new Map<number, string>();
  const sizeOf = (note: string) => {
    const opened = openCheckpoint(note, log);
    return opened.ok ? opened.checkpoint.size : 0;
  };
  const grow = async (hub: TestHub, handle: string) => {
    const { seq } = await claim(hub, handle);
    await expect.poll(async () => sizeOf(await noteOf(hub)), soon).toBeGreaterThan(seq);
    return noteOf(hub);
  };
  for (let i = 0; i < 4; i++) {
    const note = await grow(honest, `honest-${i}`);
    notes.set(sizeOf(note), note);
  }
  const proofs = [];
  for (let i = 0; i < 4; i++) {
    const note = await grow(liar, `lie-${i}`);
    proofs.push(findEquivocation(notes.get(sizeOf(note)) ?? '', note, log));
  }
  expect(proofs.filter((proof) => proof !== null).length).toBeGreaterThan(0);
}, 60_000);
