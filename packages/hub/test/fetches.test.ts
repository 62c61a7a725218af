import { randomBytes } from 'node:crypto';
import { ChunkSet, chunkBytes, type FetchRequest } from '@callable/protocol';
import { type Client, leaseChunks, leaseTask, makeStatement } from '@callable/sdk';
import { emptyAnnouncement, joinAsNode, publishBytes, sha256, tellHoldings } from '@callable/stand-ins';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FetchBoard, settlingMs } from '../src/fetches/board/fetch-board.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
const bytes = randomBytes(3 * chunkBytes - 5);
const file = sha256(bytes);
let release: FetchRequest['release'];
let versions = 0;
/** How far the hub's clock is ahead, milliseconds. */
let ahead = 0;

beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: () => Date.now() + ahead } });
  release = (await publishBytes(hub.client(), bytes)).digest;
});
afterAll(() => hub[Symbol.asyncDispose]());

async function join(): Promise<Client> {
  const client = hub.client();
  await joinAsNode(client);
  return client;
}

/** A file nobody has asked for yet. */
async function publishAnother() {
  const other = randomBytes(2 * chunkBytes);
  const { digest } = await publishBytes(hub.client(), other, { version: `2.0.${versions++}` });
  return { file: sha256(other), release: digest };
}

const request = (fields: Partial<FetchRequest> = {}): FetchRequest => ({
  ...{ file, release, have: '00', working: [], want: 8, peerUrl: 'http://127.0.0.1:4701', dropped: [], waitMs: 0 },
  ...fields,
});

describe('POST /v1/fetches/lease', () => {
  test('leases each chunk once, and names who has it afterwards', async () => {
    const [one, two] = [await join(), await join()];
    expect(await leaseChunks(one, request({ want: 2 }))).toMatchObject({ origin: [0, 1], peers: [], fetching: 1 });
    expect(await leaseChunks(two, request({ want: 8, peerUrl: null }))).toMatchObject({ origin: [], underWay: true });
    const waiting = leaseChunks(two, request({ working: [2], waitMs: 10_000 }));
    await leaseChunks(one, request({ have: '01', working: [1], want: 0 }));
    expect((await waiting).peers).toEqual([{ node: addressOfClient(one), url: 'http://127.0.0.1:4701', have: '01' }]);
    const dropped = [addressOfClient(one)];
    expect((await leaseChunks(two, request({ working: [2], dropped }))).origin).toEqual([0]);
  });

  test('the lease of a node that vanished passes on to whoever waits', async () => {
    const other = await publishAnother();
    const [vanishing, waiting] = [await join(), await join()];
    expect((await leaseChunks(vanishing, request(other))).origin).toEqual([0, 1]);
    ahead += 14_800;
    const { origin } = await leaseChunks(waiting, request({ ...other, waitMs: 10_000 }));
    expect(origin).toEqual([0, 1]);
  });

  test('after a restart nothing is leased before nodes have said what they have and fetch', async () => {
    const { fetches } = hub.ctx;
    const bytesBefore = randomBytes(4 * chunkBytes);
    const { digest } = await publishBytes(hub.client(), bytesBefore, { version: '3.0.0' });
    const old = { file: sha256(bytesBefore), release: digest };
    const [first, second, late] = [await join(), await join(), await join()];
    ahead += 1;
    hub.ctx.fetches = new FetchBoard(hub.ctx.clock);
    try {
      expect(await leaseChunks(late, request(old))).toMatchObject({ origin: [], peers: [], underWay: true });
      await leaseChunks(first, request({ ...old, have: '01', want: 0 }));
      await leaseChunks(second, request({ ...old, working: [1], want: 0, peerUrl: 'http://127.0.0.1:4702' }));
      const has = new ChunkSet(4);
      has.add(0);
      expect((await leaseChunks(late, request(old))).peers.map(({ have }) => have)).toEqual([has.toHex()]);
      // What was published since is in nobody's hands.
      expect((await leaseChunks(late, request(await publishAnother()))).origin).toEqual([0, 1]);
      ahead += settlingMs;
      expect((await leaseChunks(late, request(old))).origin).toEqual([2, 3]);
    } finally {
      hub.ctx.fetches = fetches;
    }
  });

  test('attack: a node that asks and goes away gets no lease', async () => {
    const other = await publishAnother();
    const [holding, leaving, asking] = [await join(), await join(), await join()];
    await leaseChunks(holding, request(other));
    const left = new AbortController();
    const waiting = leaseChunks(leaving, request({ ...other, waitMs: 20_000 }), { signal: left.signal });
    const board = hub.ctx.fetches.file(other.file, 2);
    await vi.waitUntil(() => board.countFetching() === 2);
    left.abort();
    await expect(waiting).rejects.toThrow();
    await leaseChunks(holding, request({ ...other, want: 0 }));
    expect((await leaseChunks(asking, request(other))).origin).toEqual([0, 1]);
  });

  test('nodes that announce the release are named without having fetched lately', async () => {
    const other = await publishAnother();
    const [holder, asking] = [await join(), await join()];
    const announcement = { ...emptyAnnouncement, peerUrl: 'http://127.0.0.1:4702' };
    await leaseTask(holder, { announcement, waitMs: 0 });
    await tellHoldings(holder, [other.release]);
    const { origin, peers } = await leaseChunks(asking, request(other));
    expect([origin, peers]).toEqual([
      [],
      [{ node: addressOfClient(holder), url: 'http://127.0.0.1:4702', have: '03' }],
    ]);
  });

  test('strangers, unknown files and sets over other files are refused', async () => {
    const client = await join();
    await expect(leaseChunks(hub.client(), request())).rejects.toMatchObject({ code: 'NodeNotFound' });
    await expect(leaseChunks(client, request({ file: '0'.repeat(64) }))).rejects.toMatchObject({
      code: 'BlobNotFound',
    });
    for (const wrong of [{ have: '08' }, { have: '0000' }, { working: [3] }])
      await expect(leaseChunks(client, request(wrong))).rejects.toMatchObject({ code: 'RequestInvalid' });
    await expect(leaseChunks(client, request({ want: 1000 }))).rejects.toMatchObject({ code: 'RequestInvalid' });
  });

  test.each(['http://169.254.169.254', 'http://node.example/admin', 'file:///etc/passwd', 'http://[fe80::1]'])(
    'attack: a peer at %s is named to nobody',
    async (peerUrl) => {
      const other = await publishAnother();
      const [liar, asking] = [await join(), await join()];
      await leaseChunks(liar, request({ ...other, have: '03', peerUrl }));
      expect(await leaseChunks(asking, request(other))).toMatchObject({ origin: [0, 1], peers: [] });
    },
  );

  test('attack: a hub on the internet sends nobody into private networks', async () => {
    hub.ctx.config = { ...hub.ctx.config, peerScope: 'public' };
    try {
      const other = await publishAnother();
      const [liar, asking] = [await join(), await join()];
      await leaseChunks(liar, request({ ...other, have: '03', peerUrl: 'http://10.0.0.7:5432' }));
      expect((await leaseChunks(asking, request(other))).peers).toEqual([]);
    } finally {
      hub.ctx.config = { ...hub.ctx.config, peerScope: 'loopback' };
    }
  });
});

describe('source.refuted', () => {
  const refute = (client: Client, subject: string, chunk = 0) => {
    const body = { file, chunk, source: 'http://127.0.0.1:4701', got: '0'.repeat(64) };
    return makeStatement(client, { kind: 'source.refuted', subject, body });
  };

  test('a peer that three nodes refuted is named to nobody; what one says counts for itself alone', async () => {
    const other = await publishAnother();
    const [liar, asking] = [await join(), await join()];
    const have = ChunkSet.full(2).toHex();
    await leaseChunks(liar, request({ ...other, have }));
    for (let said = 1; said <= 3; said++) {
      expect((await leaseChunks(asking, request(other))).peers).toHaveLength(1);
      const witness = await join();
      await refute(witness, addressOfClient(liar));
      await refute(witness, addressOfClient(liar), 1);
    }
    expect((await leaseChunks(asking, request(other))).peers).toEqual([]);
  });

  test('an aggregator has no address and is named by its URL', async () => {
    const client = await join();
    const { statement } = await refute(client, 'https://aggregator.example');
    expect(statement).toMatchObject({ subject: 'https://aggregator.example', signer: addressOfClient(client) });
  });

  test('attack: strangers refute nobody, and a node not without end', async () => {
    const client = await join();
    const subject = addressOfClient(client);
    await expect(refute(hub.client(), subject)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    for (const subject of [
      'iris',
      'https://aggregator.example/v1',
      'https://me:secret@aggregator.example',
      'ftp://a.b',
    ])
      await expect(refute(client, subject)).rejects.toMatchObject({ code: 'StatementInvalid' });
    for (let chunk = 0; chunk < 60; chunk++) await refute(client, subject, chunk);
    await expect(refute(client, subject, 60)).rejects.toMatchObject({ code: 'TooManyRequests' });
  });
});
