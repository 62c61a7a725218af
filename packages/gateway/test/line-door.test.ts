import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { addressOf, signRequest } from '@callable/protocol';
import { createReleaseView, createTestNode, randomKey } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { openLineDoor } from './support/open-line-door.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

const release = createReleaseView();
const model = release.reference;
const inputs = { X: [[1, 2]] };
const piece = new TextEncoder().encode('{"Y":[1]}\n');

async function knock(port: number) {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    ask: (line: object) => socket.write(`${JSON.stringify({ id: 1, model, inputs, ...line })}\n`),
    hear: async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>,
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

test('another door is admission and the data plane: it answers, in pieces too, and refuses as HTTP does', async () => {
  const node = createTestNode([release], {
    answer: async (self, head, _body, _signal, onPiece) => {
      await onPiece?.(piece);
      const last = new TextEncoder().encode('{"Y":[2]}');
      return { head: self.sign(release, head, onPiece ? Buffer.concat([piece, last]) : last), body: last };
    },
  });
  await using gateway = await startTestGateway({ releases: [release], nodes: [node], config: { bodyBytes: 1_000 } });
  await using door = await openLineDoor(gateway.ctx);
  using caller = await knock(door.port);
  caller.ask({});
  expect(await caller.hear()).toMatchObject({ id: 1, outputs: { Y: [2] }, receipt: { batch: { node: node.node } } });
  caller.ask({ pieces: true });
  expect(await caller.hear()).toEqual({ id: 1, piece: { Y: [1] } });
  expect(await caller.hear()).toMatchObject({ outputs: { Y: [2] }, receipt: {} });
  caller.ask({ model: 'acme/none' });
  expect(await caller.hear()).toMatchObject({ error: { code: 'ReleaseNotFound' } });
  caller.ask({ inputs: 'x'.repeat(1_000) });
  expect(await caller.hear()).toMatchObject({ error: { code: 'BodyTooLarge' } });
  caller.ask({ headers: { 'callable-timeout-ms': 'soon' } });
  expect(await caller.hear()).toMatchObject({ error: { code: 'RequestInvalid' } });
  expect(gateway.reports.map(({ outcome }) => outcome)).toEqual(['good', 'good']);
});

test('the same signature, nonce and pace hold at every door', async () => {
  const config = { anonymousCallsPerMinute: 1 };
  await using gateway = await startTestGateway({ releases: [release], nodes: [createTestNode([release])], config });
  await using door = await openLineDoor(gateway.ctx);
  using caller = await knock(door.port);
  const key = randomKey();
  const body = hash('sha256', JSON.stringify(inputs), 'hex');
  const nonce = randomBytes(32).toString('hex');
  const call = { method: 'CALL', path: `/${model}`, body, nonce, issuedAt: Date.now() };
  const headers = signRequest({ ...call, version: 2, audience: gateway.ctx.address }, key);
  caller.ask({ headers });
  expect(await caller.hear()).toMatchObject({ receipt: { caller: addressOf(key) } });
  caller.ask({ headers });
  expect(await caller.hear()).toMatchObject({ error: { code: 'RequestReplayed' } });
  caller.ask({});
  expect(await caller.hear()).toMatchObject({ outputs: { Y: [[2, 4]] } });
  caller.ask({});
  expect(await caller.hear()).toMatchObject({ error: { code: 'TooManyRequests' } });
  const overHttp = await fetch(`${gateway.url}/v1/run/${model}`, { method: 'POST', body: JSON.stringify(inputs) });
  expect([overHttp.status, overHttp.headers.get('ratelimit')]).toEqual([429, expect.stringContaining('r=0')]);
});
