import { once } from 'node:events';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ed25519Note,
  formatCheckpoint,
  formatNote,
  formatToldHead,
  type NoteKey,
  noteKeyId,
  noteKeyOf,
  openCheckpoint,
  parseVerifierKey,
  signNote,
  toldHeadHeader,
} from '@callable/protocol';
import { type Client, createClient, createHeadMemory, getLog, getNetwork, submitStatement } from '@callable/sdk';
import { randomKey, signForHub } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import { startHubProcess } from './start-hub-process.ts';

const patience = { timeout: 20_000 };

/** A hub in a process of its own, with its database and everything in `dataDir`; ended by SIGTERM. */
async function startHub(dataDir: string, heads: string) {
  const env = { CALLABLE_DATA: dataDir, CALLABLE_HUB_PORT: '0', CALLABLE_LOG_HEADS: heads };
  const { child, url } = await startHubProcess(env);
  const client = createClient(url, { key: randomKey() });
  return {
    url,
    client,
    claim: async (handle: string) => {
      const fact = { kind: 'handle.claimed' as const, subject: handle, body: { handle } };
      const { hub } = await getNetwork(client);
      const own = { ...client, audiences: { hub } };
      return submitStatement(own, signForHub(own, fact));
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    },
  };
}

type Hub = Awaited<ReturnType<typeof startHub>>;
const readyOf = async ({ url }: Hub) => (await fetch(`${url}/readyz`)).status;
const checkpointOf = async ({ url }: Hub) => (await fetch(`${url}/log/checkpoint`)).text();

async function claimAndWait(hub: Hub, handle: string): Promise<string> {
  const { seq } = await hub.claim(handle);
  await expect.poll(async () => (await getLog(hub.client)).size ?? 0, patience).toBeGreaterThan(seq);
  return checkpointOf(hub);
}

/** The head in this checkpoint, as somebody who saw it says it. */
async function toldOf(hub: Hub, checkpoint: string): Promise<string> {
  const key = parseVerifierKey((await getLog(hub.client)).vkey) as NoteKey;
  const opened = openCheckpoint(checkpoint, key);
  return opened.ok ? (formatToldHead(checkpoint, opened.checkpoint, key) ?? '') : expect.fail(opened.why);
}

/** A client that keeps this head, as a node does over restarts of its hub. */
const rememberingClient = (url: string, line: string): Client =>
  createClient(url, { key: randomKey(), heads: createHeadMemory({ recall: async () => line, keep: () => undefined }) });

/** Stop, copy the directory, start, publish, stop, put the copy back. */
async function playRollback(place: string, heads: string) {
  const dataDir = join(place, 'hub');
  {
    await using hub = await startHub(dataDir, heads);
    await claimAndWait(hub, 'before-the-copy');
  }
  await cp(dataDir, join(place, 'copy'), { recursive: true });
  await using hub = await startHub(dataDir, heads);
  const checkpoint = await claimAndWait(hub, 'after-the-copy');
  const told = await toldOf(hub, checkpoint);
  await hub[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
  await cp(join(place, 'copy'), dataDir, { recursive: true });
  return { dataDir, checkpoint, told };
}

async function expectEnded(hub: Hub, published: string): Promise<void> {
  await expect.poll(() => readyOf(hub), patience).toBe(503);
  await expect(hub.claim('another-history')).rejects.toMatchObject({ code: 'LogRolledBack' });
  expect(await getNetwork(hub.client)).toMatchObject({ notReady: { reason: 'LogRolledBack' } });
  expect((await getLog(hub.client)).state).toMatch(/^refused: /);
  expect(await checkpointOf(hub)).toBe(published);
}

it('attack: a DIR put back from a copy signs no second history', async () => {
  await using place = await createTestDirectory();
  const heads = join(place.path, 'state');
  const { dataDir } = await playRollback(place.path, heads);
  const old = await readFile(join(dataDir, 'log', 'checkpoint'), 'utf8');
  for (const _ of ['the first start', 'the next one']) {
    await using hub = await startHub(dataDir, heads);
    await expectEnded(hub, old);
  }
  const [kept = ''] = await readdir(heads);
  expect(kept).toMatch(/^callable_0x[0-9a-f]{40}-[0-9a-f]{16}$/);
});

it('attack: without a memory of its own, a DIR put back ends signing with the first who saw a later head', async () => {
  await using place = await createTestDirectory();
  const { dataDir, told } = await playRollback(place.path, 'off');
  let published = '';
  {
    await using hub = await startHub(dataDir, 'off');
    await expect.poll(() => readyOf(hub), patience).toBe(200);
    await expect.poll(async () => (await getLog(hub.client)).state, patience).toBe('ok');
    published = await checkpointOf(hub);
    const { hub: address } = await getNetwork(rememberingClient(hub.url, told));
    expect(address).toMatch(/^0x/);
    await expectEnded(hub, published);
  }
  // The signed head is kept: nobody has to bring it again.
  await using hub = await startHub(dataDir, 'off');
  await expectEnded(hub, published);
});

it("attack: a stranger's forged head ends nothing", async () => {
  await using place = await createTestDirectory();
  await using hub = await startHub(join(place.path, 'hub'), 'off');
  const checkpoint = await claimAndWait(hub, 'honest');
  const told = await toldOf(hub, checkpoint);
  const key = parseVerifierKey((await getLog(hub.client)).vkey) as NoteKey;
  const [keyId = '', size = '', root = '', signature = ''] = told.split(' ');
  const forge = (name: string, secret: Uint8Array) => {
    const head = { origin: name, size: 1e9, root: new Uint8Array(32).fill(1) };
    const text = formatCheckpoint(head);
    const note = formatNote({ text, signatures: [signNote(text, { name, secret })] });
    return formatToldHead(note, head, noteKeyOf(name, secret, ed25519Note)) ?? '';
  };
  const others = Array.from({ length: 40 }, () => forge(key.name, randomSecret()));
  const lines = [
    ...others,
    // Under the name of the hub's own key: its hash is no secret.
    ...others.map((line) => line.replace(/^[0-9a-f]{8}/, noteKeyId(key))),
    `${keyId} ${Number(size) + 1} ${root} ${signature}`,
    `${keyId} ${size} ${root.replace(/^./, (digit) => (digit === 'A' ? 'B' : 'A'))} ${signature}`,
    told,
    'junk',
    'x'.repeat(4000),
  ];
  for (const line of lines) {
    const answer = await fetch(`${hub.url}/v1/network`, { headers: { [toldHeadHeader]: line } });
    expect(answer.status, line).toBe(200);
    await answer.arrayBuffer();
  }
  expect(await readyOf(hub)).toBe(200);
  await claimAndWait(hub, 'still-honest');
});

const randomSecret = () => crypto.getRandomValues(new Uint8Array(32));
