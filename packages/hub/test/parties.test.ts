import {
  type Address,
  addressOf,
  type Digest,
  defaultPolicy,
  type PrivateKey,
  publicNetworkOf,
  type Statement,
  signStatement,
} from '@callable/protocol';
import { type Client, publishRelease, submitStatement } from '@callable/sdk';
import { emptyAnnouncement, manifestOf, publishBytes, randomKey, sendBytes, signPublish } from '@callable/stand-ins';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toJsonText } from '../src/db/json-text.ts';
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
  /** A node that joined and was seen from an address, which the test server on loopback cannot show. */
  async function join(fields: { operator?: Address; key?: PrivateKey; from?: string } = {}): Promise<Address> {
    const key = fields.key ?? randomKey();
    const node = addressOf(key);
    const operator = fields.operator ? { operator: fields.operator } : {};
    const body = { software: 'test/1', memoryBytes: 1e9, slots: 4, ...operator };
    await submitStatement(hub.client(), sign(key, 'node.joined', node, body));
    const network = publicNetworkOf(fields.from ?? '127.0.0.1');
    const announcement = toJsonText(emptyAnnouncement);
    await hub.ctx.db
      .updateTable('node')
      .set({ last_seen_at: Date.now() + 60_000, network, announcement })
      .where('address', '=', node)
      .execute();
    return node;
  }
  async function publish(from = '127.0.0.1'): Promise<Digest> {
    const { digest } = await publishBytes(publisher, Buffer.from('a model'));
    await hub.ctx.db
      .updateTable('release')
      .set({ network: publicNetworkOf(from) })
      .execute();
    return digest;
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

  it('attack: many nodes, or a node and its publisher, on one public network; private addresses tell nothing', async () => {
    const [a] = [await join({ from: '203.0.114.7' }), await join({ from: '203.0.114.99' })];
    const other = await join({ from: '203.0.115.7' });
    await join({ from: '198.51.101.3' });
    const home = [await join({ from: '10.0.0.5' }), await join({ from: '10.0.0.6' })];
    const drawn = await drawnFor(await publish('::ffff:198.51.101.200'));
    expect(drawn).toHaveLength(4);
    expect(drawn).toEqual(expect.arrayContaining([other, ...home]));
    expect(a).toBeDefined();
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
