import {
  type Address,
  addressOf,
  type Digest,
  defaultPolicy,
  type PrivateKey,
  type Statement,
} from '@callable/protocol';
import { type Client, publishRelease, submitStatement } from '@callable/sdk';
import { lease, manifestOf, publishBytes, randomKey, sendBytes, signForHub, signPublish } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditorFinder } from '../src/audits/find-auditors.ts';
import { readJson } from '../src/db/json-text.ts';
import { delegateNode } from '../src/delegations/delegate-node.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const keyOf = (client: Client) => client.key as PrivateKey;

describe('who is drawn', () => {
  let hub: TestHub;
  let publisher: Client;
  beforeEach(async () => {
    hub = await startTestHub({
      config: { policy: { ...defaultPolicy, validators: { draw: 9, quorum: 1, revealSeconds: 1 } } },
    });
    publisher = hub.client();
  });
  afterEach(async () => {
    await expectKeptStatesToFollow(hub.ctx);
    await hub[Symbol.asyncDispose]();
  });

  /** About itself, and brought by somebody else. */
  const say = (client: Client, kind: string, body: Record<string, unknown>) =>
    submitStatement(hub.client(), signForHub(client, { kind, subject: addressOfClient(client), body }));
  const delegate = (principal: Client, key: Address, scopes: string[]) => {
    const body = { key, scopes, notBefore: 0, notAfter: Date.now() + 3600_000 };
    return say(principal, 'key.delegated', body);
  };
  const revoke = (principal: Client, key: Address) => say(principal, 'key.revoked', { key });
  /** A node that joined and asked for work from an address. */
  async function join(fields: { operator?: Address; key?: PrivateKey; from?: string } = {}): Promise<Address> {
    const key = fields.key ?? randomKey();
    const node = addressOf(key);
    const operator = fields.operator ? { operator: fields.operator } : {};
    const body = { software: 'test/1', memoryBytes: 1e9, slots: 4, ...operator };
    await say(hub.client(key), 'node.joined', body);
    await lease(hub.client(key, fields.from), 0);
    return node;
  }
  async function publish(from?: string, name?: string): Promise<Digest> {
    const given = name === undefined ? {} : { name };
    const { digest } = await publishBytes(hub.client(keyOf(publisher), from), Buffer.from('a model'), given);
    return digest;
  }
  async function networksOfNodes(): Promise<(string | null)[]> {
    const rows = await hub.ctx.db.selectFrom('node').select('network').distinct().execute();
    return rows.map(({ network }) => network);
  }
  /** Whom the hub drew first, as its log says. */
  async function drawnFor(digest: Digest): Promise<Address[]> {
    const findDrawn = () =>
      hub.ctx.db
        .selectFrom('statement')
        .select('content')
        .where('kind', '=', 'release.drawn')
        .where('subject', '=', digest)
        .orderBy('seq')
        .executeTakeFirst();
    await expect.poll(findDrawn, { timeout: 20_000 }).toBeDefined();
    const { body } = readJson((await findDrawn())!.content);
    return (body as { validators: Address[] }).validators.sort();
  }

  it('attack: a publisher verifies itself through its own key, a node it operates, or a delegate that acts for it', async () => {
    const own = addressOfClient(publisher);
    await join({ key: keyOf(publisher) });
    const operatedKey = randomKey();
    await delegate(publisher, addressOf(operatedKey), ['operate']);
    await join({ key: operatedKey, operator: own });
    // A delegate that published for it, under a node key.
    const helper = hub.client();
    await delegate(publisher, addressOfClient(helper), ['publish']);
    const manifest = manifestOf(keyOf(publisher), Buffer.from('another'), { name: 'other' });
    await sendBytes(helper, Buffer.from('another'));
    await publishRelease(helper, { manifest, statement: signPublish(helper, manifest) });
    await join({ key: keyOf(helper) });
    // Whose helper the publisher itself is.
    const master = hub.client();
    await delegate(master, own, ['publish']);
    await join({ key: keyOf(master) });
    const stranger = await join();
    expect(await drawnFor(await publish())).toEqual([stranger]);
  });

  it('attack: a publisher names honest nodes as its delegates, to keep them from judging it', async () => {
    const honest = await join();
    await delegate(publisher, honest, ['publish', 'operate']);
    expect(await drawnFor(await publish())).toEqual([honest]);
  });

  it('attack: an operator is drawn twice through two nodes', async () => {
    const operator = hub.client();
    const keys = [randomKey(), randomKey()];
    for (const key of keys) await delegate(operator, addressOf(key), ['operate']);
    for (const key of keys) await join({ key, operator: addressOfClient(operator) });
    await join({ key: keyOf(operator) });
    const stranger = await join();
    const drawn = await drawnFor(await publish());
    expect(drawn).toHaveLength(2);
    expect(drawn).toContain(stranger);
  });

  it('a node that names an operator which never named it is its own', async () => {
    const famous = await join();
    const claiming = await join({ operator: famous });
    expect(await drawnFor(await publish())).toEqual([famous, claiming].sort());
  });

  it('attack: many nodes, or a node and its publisher, on one network; those of an unknown network are one voice', async () => {
    const one = [await join({ from: '203.0.114.7' }), await join({ from: '203.0.114.99' })];
    const other = await join({ from: '203.0.115.7' });
    await join({ from: '198.51.101.3' });
    const hidden = ['10.0.0.5', '192.168.0.6', '127.0.0.1', '::1', 'junk', 'fd00::1', '100.64.0.1'];
    const unknown: Address[] = [];
    for (const from of hidden) unknown.push(await join({ from }));
    const drawn = await drawnFor(await publish('::ffff:198.51.101.200'));
    expect(drawn).toHaveLength(3);
    expect(drawn).toContain(other);
    expect(drawn.filter((node) => one.includes(node))).toHaveLength(1);
    expect(drawn.filter((node) => unknown.includes(node))).toHaveLength(1);
  });

  it('attack: a node that invents where it comes from is where the proxy saw it', async () => {
    for (const invented of ['203.0.114.7', '203.0.115.7', '203.0.116.7'])
      await join({ from: `${invented}, 198.51.101.3` });
    expect(await drawnFor(await publish())).toHaveLength(1);
    expect(await networksOfNodes()).toEqual(['198.51.101.0/24']);
  });

  it('attack: without a trusted proxy nobody says where it comes from', async () => {
    hub.ctx.config = { ...hub.ctx.config, trustedProxies: 0 };
    for (const invented of ['203.0.114.7', '203.0.115.7']) await join({ from: invented });
    expect(await drawnFor(await publish())).toHaveLength(1);
    expect(await networksOfNodes()).toEqual(['unknown']);
  });

  /** A node of the hub's own operator on the machine of the hub. */
  async function joinOwn(): Promise<Address> {
    const key = randomKey();
    await delegateNode(hub.ctx, addressOf(key));
    return join({ key, operator: addressOf(hub.ctx.key), from: '127.0.0.1' });
  }

  it("attack: six keys beside the hub's own node, whose networks are not known, speak for the unknown network", async () => {
    const own = await joinOwn();
    for (let key = 0; key < 6; key++) await join({ from: '127.0.0.1' });
    const elsewhere = await join({ from: '203.0.114.7' });
    for (const name of ['one', 'two', 'three'])
      expect(await drawnFor(await publish('127.0.0.1', name))).toEqual([own, elsewhere].sort());
    // Nor do they judge what another node said.
    const digest = await publish('127.0.0.1', 'four');
    expect(await createAuditorFinder(hub.ctx)(elsewhere, digest, false)).toEqual([own]);
    expect(await createAuditorFinder(hub.ctx)(own, digest, false)).toEqual([elsewhere]);
  });

  it("where the hub's own node is not, or has too little room, another of the unknown network is drawn", async () => {
    const other = await join({ from: '127.0.0.1' });
    expect(await drawnFor(await publish('127.0.0.1', 'one'))).toEqual([other]);
    const own = await joinOwn();
    expect(await drawnFor(await publish('127.0.0.1', 'two'))).toEqual([own]);
    await hub.ctx.db.updateTable('node').set({ memory_bytes: 1 }).where('address', '=', own).execute();
    expect(await drawnFor(await publish('127.0.0.1', 'three'))).toEqual([other]);
  });

  it('ten honest nodes of one operator in one network: one of them is drawn for each release, and each has its share', async () => {
    const operator = hub.client();
    const keys = Array.from({ length: 10 }, () => randomKey());
    for (const key of keys) await delegate(operator, addressOf(key), ['operate']);
    const ten: Address[] = [];
    for (const key of keys) ten.push(await join({ key, operator: addressOfClient(operator), from: '203.0.114.7' }));
    const others = [await join(), await join(), await join(), await join()];
    const shares = new Map(ten.map((node) => [node, 0]));
    for (let n = 0; n < 20; n++) {
      const drawn = await drawnFor(await publish(undefined, `model-${n}`));
      const [own, ...more] = drawn.filter((node) => !others.includes(node));
      expect([drawn.length, more]).toEqual([5, []]);
      shares.set(own as Address, (shares.get(own as Address) ?? 0) + 1);
    }
    // Two each; that fewer than five of the ten have any comes up less than once in a hundred thousand runs.
    expect([...shares.keys()].sort()).toEqual([...ten].sort());
    expect([...shares.values()].filter((share) => share > 0).length).toBeGreaterThanOrEqual(5);
    console.info(`Of 20 releases the ten nodes of one operator were drawn for ${[...shares.values()].join(', ')}.`);
  });

  it('one machine is not kept from its own releases: an unknown network makes nobody the publisher', async () => {
    const node = await join({ from: '127.0.0.1' });
    expect(await drawnFor(await publish('127.0.0.1'))).toEqual([node]);
  });

  it('attack: a delegate key publishes after its revocation, or before it was named, or for another', async () => {
    const helper = hub.client();
    await sendBytes(helper, Buffer.from('m'));
    const publishAs = (name: string, statement?: Statement) => {
      const manifest = manifestOf(keyOf(publisher), Buffer.from('m'), { name });
      return publishRelease(hub.client(), { manifest, statement: statement ?? signPublish(helper, manifest) });
    };
    await expect(publishAs('one')).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    await delegate(publisher, addressOfClient(helper), ['operate']);
    await expect(publishAs('one')).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    await delegate(publisher, addressOfClient(helper), ['publish']);
    expect(await publishAs('one')).toMatchObject({ created: true });
    await revoke(publisher, addressOfClient(helper));
    await expect(publishAs('two')).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    // What it signed before, and held back until now.
    const manifest = manifestOf(keyOf(publisher), Buffer.from('m'), { name: 'two' });
    const early = signPublish(helper, manifest, Date.now() - 60_000);
    await expect(publishAs('two', early)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    expect(await hub.ctx.db.selectFrom('release').select('name').execute()).toEqual([{ name: 'one' }]);
  });
});
