import {
  type Address,
  addressOf,
  type Digest,
  defaultPolicy,
  type PrivateKey,
  type Statement,
  signStatement,
} from '@callable/protocol';
import { type Client, publishRelease, submitStatement } from '@callable/sdk';
import { lease, manifestOf, publishBytes, randomKey, sendBytes, signPublish } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawValidators } from '../src/path/draw-validators.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const keyOf = (client: Client) => client.key as PrivateKey;
const sign = (key: PrivateKey, kind: string, subject: string, body: Record<string, unknown>, issuedAt = Date.now()) =>
  signStatement({ kind, subject, body, issuedAt }, key);

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

  const delegate = (principal: Client, key: Address, scopes: string[]) => {
    const body = { key, scopes, notBefore: 0, notAfter: Date.now() + 3600_000 };
    const statement = sign(keyOf(principal), 'key.delegated', addressOfClient(principal), body);
    return submitStatement(hub.client(), statement);
  };
  const revoke = (principal: Client, key: Address) =>
    submitStatement(hub.client(), sign(keyOf(principal), 'key.revoked', addressOfClient(principal), { key }));
  /** A node that joined and asked for work from an address. */
  async function join(fields: { operator?: Address; key?: PrivateKey; from?: string } = {}): Promise<Address> {
    const key = fields.key ?? randomKey();
    const node = addressOf(key);
    const operator = fields.operator ? { operator: fields.operator } : {};
    const body = { software: 'test/1', memoryBytes: 1e9, slots: 4, ...operator };
    await submitStatement(hub.client(), sign(key, 'node.joined', node, body));
    await lease(hub.client(key, fields.from), 0);
    return node;
  }
  async function publish(from?: string): Promise<Digest> {
    const { digest } = await publishBytes(hub.client(keyOf(publisher), from), Buffer.from('a model'));
    return digest;
  }
  async function networksOfNodes(): Promise<(string | null)[]> {
    const rows = await hub.ctx.db.selectFrom('node').select('network').distinct().execute();
    return rows.map(({ network }) => network);
  }
  async function drawnFor(digest: Digest): Promise<Address[]> {
    const { statements } = await drawValidators(hub.ctx, { release: digest });
    const drawn = statements.find(({ kind }) => kind === 'release.drawn');
    return ((drawn?.body as { validators?: Address[] })?.validators ?? []).sort();
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
    await publishRelease(helper, { manifest, statement: signPublish(keyOf(helper), manifest) });
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

  it('one machine is not kept from its own releases: an unknown network makes nobody the publisher', async () => {
    const node = await join({ from: '127.0.0.1' });
    expect(await drawnFor(await publish('127.0.0.1'))).toEqual([node]);
  });

  it('attack: a delegate key publishes after its revocation, or before it was named, or for another', async () => {
    const helper = hub.client();
    await sendBytes(helper, Buffer.from('m'));
    const publishAs = (name: string, statement?: Statement) => {
      const manifest = manifestOf(keyOf(publisher), Buffer.from('m'), { name });
      return publishRelease(hub.client(), { manifest, statement: statement ?? signPublish(keyOf(helper), manifest) });
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
    const early = signPublish(keyOf(helper), manifest, Date.now() - 60_000);
    await expect(publishAs('two', early)).rejects.toMatchObject({ code: 'SignerNotAllowed' });
    expect(await hub.ctx.db.selectFrom('release').select('name').execute()).toEqual([{ name: 'one' }]);
  });
});
