import { addressOf, type Digest, defaultPolicy, type PrivateKey } from '@callable/protocol';
import { type Client, leaseTask, wakeRelease } from '@callable/sdk';
import {
  emptyAnnouncement,
  isTrue,
  joinAsNode,
  lease,
  playAnsweringGateway,
  publishBytes,
  randomKey,
  tellHoldings,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const policy = { ...defaultPolicy, validators: { draw: 1, quorum: 1, revealSeconds: 10 } };

describe('a release for which callers wait', () => {
  let hub: TestHub;
  let gateway: Client;
  let playing: Awaited<ReturnType<typeof playAnsweringGateway>>;
  let answeredBy = '';
  beforeEach(async () => {
    const key = randomKey();
    playing = await playAnsweringGateway(() => ({ status: 200, body: { outputs: { y: [2] }, node: answeredBy } }));
    hub = await startTestHub({ config: { policy, gateways: [playing.url], trustedGateways: [addressOf(key)] } });
    gateway = hub.client(key);
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await playing[Symbol.asyncDispose]();
  });

  async function join(memoryBytes = 1e9): Promise<Client> {
    const client = hub.client();
    await joinAsNode(client, memoryBytes);
    await lease(client, 0);
    return client;
  }
  async function makeCallable(node: Client): Promise<Digest> {
    answeredBy = addressOfClient(node);
    const { digest } = await publishBytes(hub.client(), Buffer.from(String(Math.random())));
    await validateNext(node);
    await untilRelease(hub.client(), digest, isTrue('Reachable'));
    return digest;
  }
  const warming = async () => {
    const rows = await hub.ctx.db
      .selectFrom('job')
      .select(['release', 'assignee'])
      .where('step', '=', 'warm')
      .execute();
    return rows.map(({ assignee }) => assignee).sort();
  };

  it('is fetched by two nodes that have room and lack it, and again asks nobody else; the estimate says what it rests on', async () => {
    const holder = await join();
    const release = await makeCallable(holder);
    await tellHoldings(holder, [release]);
    const others = [await join(), await join(), await join()];
    await join(1);
    const estimate = await wakeRelease(gateway, release);
    expect(estimate).toMatchObject({
      nodes: 2,
      seconds: 2,
      basis: expect.stringContaining('nothing was fetched here yet'),
    });
    const asked = await warming();
    expect(asked).toHaveLength(2);
    for (const each of asked) expect(others.map(addressOfClient)).toContain(each);
    expect(await wakeRelease(gateway, release)).toMatchObject({ nodes: 2 });
    expect(await warming()).toEqual(asked);
  });

  it('has nobody where no node has room for it, and says so', async () => {
    const holder = await join();
    const release = await makeCallable(holder);
    await tellHoldings(holder, [release]);
    expect(await wakeRelease(gateway, release)).toMatchObject({ nodes: 0 });
  });

  it('attack: a stranger has the disks of others filled', async () => {
    const release = await makeCallable(await join());
    await expect(wakeRelease(hub.client(), release)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    expect(await warming()).toEqual([]);
  });

  it('attack: a publisher has what was never verified fetched by calling it', async () => {
    await join();
    const { digest } = await publishBytes(hub.client(), Buffer.from('never verified'));
    await expect(wakeRelease(gateway, digest)).rejects.toMatchObject({ code: 'NotCallable' });
  });

  it('when its only holder leaves, another fetches it if it was called lately, before anybody calls it again', async () => {
    const holder = await join();
    const [called, silent] = [await makeCallable(holder), await makeCallable(holder)];
    await tellHoldings(holder, [called, silent]);
    const heir = await join();
    await hub.ctx.db.deleteFrom('demand').execute();
    const now = hub.ctx.clock();
    const values = { release: called, calls: 1, counted_at: now, called_at: now };
    await hub.ctx.db.insertInto('demand').values(values).execute();
    await leaseTask(holder, { announcement: { ...emptyAnnouncement, draining: true }, waitMs: 0 });
    const rows = await hub.ctx.db
      .selectFrom('job')
      .select(['release', 'assignee'])
      .where('step', '=', 'warm')
      .execute();
    expect(rows).toEqual([{ release: called, assignee: addressOfClient(heir) }]);
    expect(addressOf(heir.key as PrivateKey)).toBe(rows[0]?.assignee);
  });
});
