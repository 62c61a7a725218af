import { addressOf, type Digest, defaultPolicy, type PrivateKey } from '@callable/protocol';
import type { Client } from '@callable/sdk';
import {
  isTrue,
  joinAsNode,
  lease,
  playAnsweringGateway,
  publishBytes,
  tellHoldings,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { delegateNode } from '../src/delegations/delegate-node.ts';
import { probeRelease } from '../src/path/probe-release.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const policy = { ...defaultPolicy, validators: { draw: 1, quorum: 1, revealSeconds: 10 } };

describe('a second copy among the nodes of the hub itself', () => {
  let hub: TestHub;
  let answeredBy: string;
  let gateway: Awaited<ReturnType<typeof playAnsweringGateway>>;
  beforeEach(async () => {
    gateway = await playAnsweringGateway(() => ({ status: 200, body: { outputs: { y: [2] }, node: answeredBy } }));
    hub = await startTestHub({ config: { policy, gateways: [gateway.url] } });
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  async function join(isOwn: boolean, memoryBytes = 1e9): Promise<Client> {
    const client = hub.client();
    if (isOwn) await delegateNode(hub.ctx, addressOf(client.key as PrivateKey));
    await joinAsNode(client, memoryBytes, isOwn ? addressOf(hub.ctx.key) : undefined);
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
  /** What follows from a probe that finds all well. */
  async function probe(release: Digest) {
    const job = await hub.ctx.db.selectFrom('job').selectAll().where('step', '=', 'probe').executeTakeFirstOrThrow();
    const { enqueue } = await probeRelease(hub.ctx, { ...job, release } as never, new AbortController().signal);
    return enqueue.map(({ step, assignee }) => ({ step, assignee }));
  }

  it('is fetched by one that has room and lacks it, until two have it, and by no stranger', async () => {
    const first = await join(true);
    const release = await makeCallable(first);
    const [second, _third, _small] = [await join(true), await join(true), await join(true, 1)];
    await join(false);
    await tellHoldings(first, [release]);
    const asked = await probe(release);
    expect(asked).toEqual([{ step: 'warm', assignee: expect.any(String) }]);
    expect([second, _third].map(addressOfClient)).toContain(asked[0]?.assignee);
    await tellHoldings(second, [release]);
    expect(await probe(release)).toEqual([]);
  });

  it('is asked of nobody where the hub has one node, nor for what nobody has called in days', async () => {
    const first = await join(true);
    const release = await makeCallable(first);
    await tellHoldings(first, [release]);
    await join(false);
    expect(await probe(release)).toEqual([]);
    await join(true);
    expect(await probe(release)).toHaveLength(1);
    await hub.ctx.db.updateTable('release').set({ published_at: 0 }).execute();
    expect(await probe(release)).toEqual([]);
  });
});
