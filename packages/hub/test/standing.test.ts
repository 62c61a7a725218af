import {
  type Address,
  addressOf,
  type Digest,
  defaultPolicy,
  type PrivateKey,
  type ReleaseState,
  type Statement,
  signStatement,
  type Task,
} from '@callable/protocol';
import { type Client, completeTask, extendTask, getRelease, listNodes } from '@callable/sdk';
import {
  conditionOf,
  findingOf,
  isTrue,
  joinAsNode,
  lease,
  playAnsweringGateway,
  publishBytes,
  randomKey,
  reportCall,
  reportOf,
  untilRelease,
  validateNext,
} from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countCalls } from '../src/calls/count-calls.ts';
import { appendStatement } from '../src/fold/append-statement.ts';
import { refoldLog } from '../src/fold/refold-log.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const policy = { ...defaultPolicy, validators: { draw: 1, quorum: 1, revealSeconds: 10 } };
const keyOf = (client: Client) => client.key as PrivateKey;

describe('standing of nodes', () => {
  let hub: TestHub;
  let publisher: Client;
  let answeredBy: Address;
  let gateway: Awaited<ReturnType<typeof playAnsweringGateway>>;
  beforeEach(async () => {
    gateway = await playAnsweringGateway(() => ({ status: 200, body: { outputs: { y: [2] }, node: answeredBy } }));
    hub = await startTestHub({ config: { policy, gateways: [gateway.url] } });
    publisher = hub.client();
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  async function joinConnected(): Promise<Client> {
    const client = hub.client();
    await joinAsNode(client);
    await lease(client, 0);
    return client;
  }
  const log = (statement: Statement) =>
    hub.ctx.db.transaction().execute((tx) => appendStatement(hub.ctx, tx, statement));
  const say = (key: PrivateKey, kind: string, subject: string, body: Record<string, unknown>) =>
    log(signStatement({ kind, subject, body, issuedAt: Date.now() }, key));
  /** Its own two signatures under one number are proof enough. */
  async function convict(node: Client, release: Digest): Promise<void> {
    const [first, second] = ['aa', 'bb'].map((byte) => {
      const fields = { outputs: byte.repeat(32) };
      return reportOf(keyOf(node), release, addressOf(randomKey()), 1_000_000, fields).receipt;
    });
    await say(randomKey(), 'receipt.forked', addressOfClient(node), { first, second });
  }
  async function makeVerified(node: Client) {
    answeredBy = addressOfClient(node);
    const { digest } = await publishBytes(publisher, Buffer.from(String(Math.random())), {
      name: `m${Math.floor(Math.random() * 1e9)}`,
    });
    await validateNext(node);
    await untilRelease(publisher, digest, isTrue('Reachable'));
    await reportCall(hub.client(hub.ctx.key), keyOf(node), { release: digest, caller: randomKey() });
    await untilRelease(publisher, digest, isTrue('Worked'));
    return digest;
  }

  it('the log begins with the policy and the hub, and names the policy once', async () => {
    const first = await hub.ctx.db.selectFrom('statement').selectAll().orderBy('seq').executeTakeFirstOrThrow();
    expect(first).toMatchObject({ seq: 0, kind: 'policy.adopted', signer: addressOf(hub.ctx.key) });
    await expectKeptStatesToFollow(hub.ctx);
  });

  it('attack: what a node said before it was caught lying counts no more, at once, everywhere', async () => {
    const liar = await joinConnected();
    const releases = [await makeVerified(liar), await makeVerified(liar)];
    const [one] = releases as [Digest];
    await expectKeptStatesToFollow(hub.ctx);
    await hub.ctx.db.updateTable('node').set({ last_seen_at: 1 }).execute();
    await convict(liar, one);
    for (const release of releases) {
      const view = await getRelease(publisher, release);
      expect(view.callable).toBe(false);
      expect(view.conditions.map(({ status }) => status)).toEqual(['True', 'True', 'Unknown', 'Unknown', 'Unknown']);
    }
    const callable = await hub.ctx.db.selectFrom('release_state').select('callable_until').execute();
    expect(callable.map((row) => row.callable_until)).toEqual([0, 0]);
    await expectKeptStatesToFollow(hub.ctx);
    // Another node is drawn without anybody asking for it, and the releases come back.
    const honest = await joinConnected();
    answeredBy = addressOfClient(honest);
    for (const _ of releases) await validateNext(honest);
    for (const release of releases) await untilRelease(publisher, release, isTrue('Reachable'));
    await expectKeptStatesToFollow(hub.ctx);
  });

  it('attack: a convicted node asks for work, goes on with its task, joins again, or sends receipts', async () => {
    const liar = await joinConnected();
    const release = await makeVerified(liar);
    const { digest } = await publishBytes(publisher, Buffer.from('more'), { name: 'more' });
    const task = (await lease(liar)) as Task;
    expect(task.release).toBe(digest);
    await convict(liar, release);
    const refused = { code: 'NodeConvicted', message: expect.stringContaining('ReceiptForked') };
    await expect(lease(liar, 0)).rejects.toMatchObject(refused);
    await expect(extendTask(liar, task)).rejects.toMatchObject(refused);
    const finding = { token: task.token, statement: findingOf(liar, task) };
    await expect(completeTask(liar, task.id, finding)).rejects.toMatchObject(refused);
    await joinAsNode(liar);
    await expect(lease(liar, 0)).rejects.toMatchObject(refused);
    const job = await hub.ctx.db.selectFrom('job').selectAll().where('id', '=', task.id).executeTakeFirstOrThrow();
    expect(job).toMatchObject({ state: 'dead', token: null });

    const taken = await reportCall(hub.client(hub.ctx.key), keyOf(liar), { release, caller: randomKey() });
    expect(taken).toEqual({ filed: 0, known: 0, refused: { convicted: 1 } });

    const [node, ...others] = (await listNodes(publisher, { convicted: true })).nodes;
    expect(others).toEqual([]);
    expect(node).toMatchObject({
      node: addressOfClient(liar),
      reliability: { atLeast: 0, audits: 0 },
      convicted: { reason: 'ReceiptForked', evidence: [expect.any(String)] },
    });
    expect((await listNodes(publisher, { convicted: false })).nodes).toEqual([]);
    await expectKeptStatesToFollow(hub.ctx);
  });

  it('calls that were reported before a conviction and counted after it count for nothing', async () => {
    const liar = await joinConnected();
    const release = await makeVerified(liar);
    const honest = await joinConnected();
    // One signed call is known, so the hub itself counts no others before a minute has passed.
    await say(hub.ctx.key, 'release.called', release, {
      ...{ signed: 1, keyless: 0, own: 0, failed: 0, callers: 1, lastGoodAt: null },
    });
    for (const node of [liar, honest])
      await reportCall(hub.client(hub.ctx.key), keyOf(node), { release, caller: randomKey() });
    await convict(liar, release);
    const quiet = Date.now() + 120_000;
    await countCalls({ ...hub.ctx, clock: () => quiet });
    const rows = await hub.ctx.db.selectFrom('release_state').select('state').execute();
    expect((JSON.parse(rows[0]?.state ?? '{}') as ReleaseState).calls).toMatchObject({
      signed: 1 + 1,
      byNode: { [addressOfClient(honest)]: { signed: 1, keyless: 0 } },
    });
    await expectKeptStatesToFollow(hub.ctx);
  });

  it('kept states that are lost or of an earlier version are folded anew from the log', async () => {
    const node = await joinConnected();
    const release = await makeVerified(node);
    await say(keyOf(publisher), 'key.delegated', addressOfClient(publisher), {
      ...{ key: addressOf(randomKey()), scopes: ['publish'], notBefore: 0, notAfter: Date.now() + 1e6 },
    });
    const view = await getRelease(publisher, release);
    const seats = await hub.ctx.db.selectFrom('release_seat').selectAll().execute();
    await hub.ctx.db.updateTable('log_fold').set({ version: 0 }).execute();
    await hub.ctx.db
      .updateTable('release_state')
      .set({ state: '{}' as never, callable_until: 0 })
      .execute();
    await hub.ctx.db.deleteFrom('node_state').execute();
    await refoldLog(hub.ctx);
    await expectKeptStatesToFollow(hub.ctx);
    expect((await getRelease(publisher, release)).conditions).toEqual(view.conditions);
    expect(await hub.ctx.db.selectFrom('release_seat').selectAll().execute()).toEqual(seats);
    expect(conditionOf(view, 'Verified').status).toBe('True');
  });
});
