import { addressOf, type PrivateKey, parsePrivateKey, signReceipt, zeroAddress, zeroBytes32 } from '@callable/protocol';
import { type Client, leaseTask, listNodes, reportCalls } from '@callable/sdk';
import { createReceipt, joinAsNode, publishBytes } from '@callable/stand-ins';
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
  const report = (session: string, outputs: string) => {
    const { paymentRef: payment, ...shared } = createReceipt({
      release: digest.slice(7),
      node: addressOf(key),
      seq: 0,
      outputs,
    });
    const room = { chain: 0, units: 0, tokensIn: 0, tokensOut: 0, batch: 0, salt: zeroBytes32, end: 0, payment };
    const more = { audience: zeroBytes32, gateway: zeroAddress, extra: zeroBytes32, session: session.repeat(32) };
    const times = { startedAt: now - 5, finishedAt: now };
    const receipt = signReceipt({ ...shared, ...room, ...more, ...times, version: 2 as const }, key);
    return { release: digest, outcome: 'good' as const, receipt, at: now, probe: false };
  };
  const gateway = client(hub.ctx.key);
  const convicted = async () =>
    (await listNodes(gateway)).nodes.find((one) => one.node === addressOf(key))?.convicted?.reason ?? null;
  await reportCalls(gateway, { reports: [report('a1', 'aa'.repeat(32)) as never] });
  await reportCalls(gateway, { reports: [report('b1', 'bb'.repeat(32)) as never] });
  expect(await convicted()).toBeNull();
  await reportCalls(gateway, { reports: [report('a1', 'cc'.repeat(32)) as never] });
  expect(await convicted()).toBe('ReceiptForked');
});
