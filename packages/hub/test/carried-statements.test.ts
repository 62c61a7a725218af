import { addressOf, type Statement } from '@callable/protocol';
import { type Client, getRelease, makeStatement, publishRelease, submitStatement } from '@callable/sdk';
import { manifestOf, publishBytes, randomKey, sendBytes, signForHub, signPublish } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendStatement } from '../src/fold/append-statement.ts';
import { expectKeptStatesToFollow } from './compare-kept-states.ts';
import { addressOfClient, startTestHub, type TestHub } from './start-test-hub.ts';

const bytes = Buffer.from('on two hubs');
const dayMs = 24 * 3600_000;
let now = Date.now();
let one: TestHub;
let two: TestHub;
beforeAll(async () => {
  const overrides = { clock: () => now };
  [one, two] = [await startTestHub({ overrides }), await startTestHub({ overrides })];
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
});

/** The same release of one publisher on both hubs. */
async function publishOnBoth(name: string): Promise<{ at: [Client, Client]; subject: string }> {
  const key = randomKey();
  const at: [Client, Client] = [one.client(key), two.client(key)];
  const [first] = await Promise.all(at.map((client) => publishBytes({ ...client, clock: () => now }, bytes, { name })));
  return { at, subject: first?.digest ?? '' };
}

const yank = (client: Client, subject: string, yanked: boolean, issuedAt = now) =>
  signForHub(client, { kind: 'release.yanked', subject, body: { yanked, note: '' }, issuedAt });
const isYanked = async (client: Client, subject: string) => (await getRelease(client, subject)).notices?.yanked != null;

test('attack: a yank for one hub, or for none, is carried to a second one', async () => {
  const { at, subject } = await publishOnBoth('carried');
  const carried = yank(at[0], subject, true);
  await submitStatement(at[0], carried);
  await expect(submitStatement(at[1], carried)).rejects.toMatchObject({
    code: 'AudienceMismatch',
    message: expect.stringMatching(new RegExp(`${two.ctx.rules.hub}.*${one.ctx.rules.hub}`)),
  });
  const { hub: _, ...body } = carried.body;
  const fact = { kind: carried.kind, subject, body, issuedAt: now };
  for (const hub of [undefined, 'everybody', one.ctx.rules.hub.toUpperCase()]) {
    const odd = signForHub(at[1], { ...fact, body: { ...body, hub } });
    await expect(submitStatement(at[1], { ...odd, body: { ...odd.body, hub } } as Statement)).rejects.toThrow();
  }
  expect([await isYanked(at[0], subject), await isYanked(at[1], subject)]).toEqual([true, false]);
});

test('attack: a hub logs what was said to another: the fold of everybody passes over it', async () => {
  const { at, subject } = await publishOnBoth('smuggled');
  const carried = yank(at[0], subject, true);
  await two.ctx.db.transaction().execute((tx) => appendStatement(two.ctx, tx, carried));
  expect(await isYanked(at[1], subject)).toBe(false);
  await expectKeptStatesToFollow(two.ctx);
});

test('attack: a release for one hub is published on another in the name of its publisher', async () => {
  const client = one.client();
  const manifest = manifestOf(client.key!, bytes, { name: 'lifted' });
  await sendBytes(two.client(), bytes);
  const statement = signPublish(client, manifest, now);
  await expect(publishRelease(two.client(), { manifest, statement })).rejects.toMatchObject({
    code: 'AudienceMismatch',
  });
});

test('attack: a yank long undone comes again, or one held back for a day', async () => {
  const { at, subject } = await publishOnBoth('undone');
  const [client] = at;
  const heldBack = yank(client, subject, true, now - 1000);
  await submitStatement(client, yank(client, subject, true));
  now += 1000;
  await submitStatement(client, yank(client, subject, false));
  // The logged one changes nothing, and one that was held back is told what has been said since.
  await submitStatement(client, yank(client, subject, true, now - 1000));
  await expect(submitStatement(client, heldBack)).rejects.toMatchObject({
    code: 'StatementOutdated',
    message: expect.stringMatching(new RegExp(`${new Date(now - 2000).toISOString()}.*${new Date(now).toISOString()}`)),
  });
  const other = yank(client, subject, true, now);
  await expect(submitStatement(client, other)).rejects.toMatchObject({ code: 'StatementOutdated' });
  const young = yank(client, subject, true, now + 1);
  now += dayMs + 2;
  await expect(submitStatement(client, young)).rejects.toMatchObject({
    code: 'StatementOutdated',
    message: expect.stringMatching(
      new RegExp(`${new Date(now - dayMs - 1).toISOString()}.*${new Date(now).toISOString()}`),
    ),
  });
  expect(await isYanked(client, subject)).toBe(false);
});

test('attack: the delegation of a helper key that was revoked is brought again in other words', async () => {
  const principal = one.client();
  const subject = addressOfClient(principal);
  const key = addressOf(randomKey());
  const delegated = (issuedAt: number) =>
    signForHub(principal, {
      ...{ kind: 'key.delegated', subject, issuedAt },
      body: { key, scopes: ['publish'], notBefore: 0, notAfter: now + dayMs },
    });
  const kept = delegated(now + 1);
  await submitStatement(principal, delegated(now));
  now += 10;
  await makeStatement({ ...principal, clock: () => now }, { kind: 'key.revoked', subject, body: { key } });
  await expect(submitStatement(principal, kept)).rejects.toMatchObject({ code: 'StatementOutdated' });
});

test('labels on one release stand beside each other, in whatever order they arrive', async () => {
  const { at, subject } = await publishOnBoth('labelled');
  const [client] = at;
  const label = (word: string, issuedAt: number, attached = true) =>
    signForHub(client, { kind: 'label.attached', subject, body: { label: word, attached, note: '' }, issuedAt });
  await submitStatement(client, label('second', now + 2));
  await submitStatement(client, label('first', now + 1));
  await expect(submitStatement(client, label('second', now, false))).rejects.toMatchObject({
    code: 'StatementOutdated',
  });
});
