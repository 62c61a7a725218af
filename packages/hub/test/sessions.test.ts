import { addressOf, type PrivateKey, parsePrivateKey } from '@callable/protocol';
import { type Client, leaseTask, listNodes } from '@callable/sdk';
import { joinAsNode, publishBytes, reportCall } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let now = Date.now();
let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: () => now } });
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Whose clock goes as the hub's does. */
const client = (key?: PrivateKey): Client => ({ ...hub.client(key), clock: () => now });

const announcement = { slots: { used: 0, limit: 1 }, holdings: [], quarantined: [], draining: false };
/** A node asks for work as it does all the time, in this session. */
const speak = (node: Client, session: string) =>
  leaseTask(node, { announcement: { ...announcement, session: session.repeat(32) }, waitMs: 0 }).then(
    () => 'ok',
    (error) => error.code,
  );

test('a node that starts anew is taken at once, and the process before it is told that it has ended', async () => {
  const node = client();
  await joinAsNode(node);
  expect([await speak(node, 'a1'), await speak(node, 'a1'), await speak(node, 'b1')]).toEqual(['ok', 'ok', 'ok']);
  const told = leaseTask(node, { announcement: { ...announcement, session: 'a1'.repeat(32) }, waitMs: 0 });
  await expect(told).rejects.toMatchObject({
    code: 'SessionReplaced',
    status: 409,
    message: expect.stringContaining(new Date(now).toISOString()),
  });
  expect(await speak(node, 'b1')).toBe('ok');
});

test('two processes with one key that replace each other three times in a minute are both refused', async () => {
  const node = client();
  await joinAsNode(node);
  const told: string[] = [];
  for (const session of ['a1', 'b1', 'a1', 'a2', 'b1', 'b2', 'a2', 'a3', 'b2', 'a3']) {
    now += 1000;
    told.push(await speak(node, session));
  }
  expect(told.slice(-4)).toEqual(['SessionReplaced', 'SessionContested', 'SessionContested', 'SessionContested']);
  now += 300_000;
  expect([await speak(node, 'a4'), await speak(node, 'b2')]).toEqual(['ok', 'SessionReplaced']);
});

test('attack: a session of another node, however it was heard, ends nothing', async () => {
  const [node, stranger] = [client(), client()];
  await joinAsNode(node);
  await joinAsNode(stranger);
  expect([await speak(node, 'a1'), await speak(stranger, 'a1'), await speak(stranger, 'b1')]).toEqual([
    'ok',
    'ok',
    'ok',
  ]);
  expect(await speak(node, 'a1')).toBe('ok');
});

test('receipts of a restored node, whose numbers begin anew in another session, convict nobody; two of one session do', async () => {
  const key = parsePrivateKey('42'.repeat(32)) as PrivateKey;
  const node = client(key);
  await joinAsNode(node);
  const { digest } = await publishBytes(client(), Buffer.from('restored'), { name: 'restored' });
  const gateway = client(hub.ctx.key);
  const report = (session: string) => reportCall(gateway, key, { release: digest }, { session: session.repeat(32) });
  const convicted = async () =>
    (await listNodes(gateway)).nodes.find((one) => one.node === addressOf(key))?.convicted?.reason ?? null;
  await report('a1');
  await report('b1');
  expect(await convicted()).toBeNull();
  await report('a1');
  expect(await convicted()).toBe('ReceiptForked');
});
