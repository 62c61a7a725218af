import { expect, test } from 'vitest';
import { announced, connect, head, key, never, refusal, release, types } from '../../../test/connect-link.ts';
import type { Digest } from '../../identity/digest.ts';
import { addressOf } from '../../keys/private-key.ts';
import { decodeJson, encodeJson } from '../frames/json-payload.ts';
import { type NodeAnnouncement, statusOf } from '../node-announcement.ts';
import { LinkLost } from '../node-link.ts';

const listed = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    release: `sha256:${i.toString(16).padStart(64, '0')}` as Digest,
    state: 'cached' as const,
  }));

test('a node that signs the challenge is known by its address and its announcement', async () => {
  const { link, node, gateway } = await connect();
  expect(link.node).toBe(addressOf(key));
  expect(link.announcement()).toEqual(statusOf(announced));
  expect(link.find(release)).toEqual({ release, state: 'warm' });
  expect([node.welcomed, gateway.welcomed]).toEqual([true, true]);
});

test('a new announcement replaces the old one, also when it takes many frames', async () => {
  const { link, say, flush } = await connect();
  const reason = 'x'.repeat(300);
  const holdings = listed(900).map((holding) => ({ ...holding, state: 'quarantined' as const, reason }));
  say({ ...announced, holdings, draining: true });
  await flush();
  expect(link.find(holdings[899]!.release)).toMatchObject({ state: 'quarantined', reason });
  expect(link.find(release)).toBeNull();
  expect(link.announcement().draining).toBe(true);
});

test.each([10_001, 25_000])(
  'a node that holds %i releases tells all of them, a page at a time, and then what changes',
  async (count) => {
    const { link, flush, node, say } = await connect();
    const holdings: NodeAnnouncement['holdings'] = listed(count);
    say({ ...announced, holdings });
    for (let more = true; more; ) {
      await flush();
      more = node.announce();
    }
    await flush();
    const [first, last] = [holdings[0]!, holdings.at(-1)!];
    expect([link.find(first.release), link.find(last.release)]).toEqual([first, last]);
    const warm = { ...first, state: 'warm' as const };
    say({ ...announced, holdings: [warm, ...holdings.slice(1, -1)] });
    await flush();
    expect([link.find(first.release), link.find(last.release)]).toEqual([warm, null]);
  },
);

test('a node that holds more than there is room for is told so once, and goes on with the rest', async () => {
  const troubles: string[] = [];
  const limits = { holdings: 10 };
  const { link, flush, say, wire } = await connect({
    limits,
    onNotice: ({ code, message }) => troubles.push(`${code} ${message}`),
  });
  const holdings = listed(12);
  say({ ...announced, holdings });
  await flush();
  say({ ...announced, holdings: holdings.map((holding) => ({ ...holding, state: 'warm' as const })) });
  await flush();
  expect(troubles).toEqual([expect.stringMatching(/^HoldingsTooMany .* 3 or more were left out/)]);
  expect([link.find(holdings[0]!.release)?.state, link.find(holdings[11]!.release)]).toEqual(['warm', null]);
  expect(wire.closed).toEqual({ gateway: null, node: null });
});

test('a small call is one frame there and one frame back', async () => {
  const { wire, link, flush } = await connect();
  const answer = link.call(head, encodeJson({ X: 1 }), never);
  expect(types(wire)).toEqual(['CALL']);
  await flush();
  expect(decodeJson((await answer).body)).toEqual({ X: 1 });
});

test.each([0, 1, 65_536, 65_537, 262_144, 262_145, 3_000_000])(
  'a body of %d bytes arrives whole both ways',
  async (length) => {
    const { link, flush } = await connect();
    const body = new Uint8Array(length).map((_, index) => index * 31);
    const answer = link.call(head, body, never);
    await flush();
    expect(Buffer.compare((await answer).body, body)).toBe(0);
  },
);

test('no more than a window is under way before the other end has taken it', async () => {
  const { wire, link } = await connect({ limits: { windowBytes: 100_000 } });
  void link.call(head, new Uint8Array(1_000_000), never).catch(() => {});
  const sent = wire.queue.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(sent).toBeGreaterThan(100_000);
  expect(sent).toBeLessThan(100_000 + 1_000);
});

test('a small call does not wait for a large one', async () => {
  const { wire, link, flush } = await connect();
  const order: string[] = [];
  const large = link.call(head, new Uint8Array(2_000_000), never).then(() => order.push('large'));
  const small = link.call(head, new Uint8Array(1), never).then(() => order.push('small'));
  expect(wire.queue.length).toBeLessThan(8);
  await flush();
  await Promise.all([large, small]);
  expect(order).toEqual(['small', 'large']);
});

test('a caller who leaves stops the work on the node, and its late frames do no harm', async () => {
  let stopped = false;
  const { link, flush, wire } = await connect({
    answerCall: (_head, body, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          stopped = true;
          resolve({ head: refusal('late'), body });
        });
      }),
  });
  const caller = new AbortController();
  const answer = link.call(head, new Uint8Array(10), caller.signal);
  const outcome = expect(answer).rejects.toThrow('gone');
  await flush();
  caller.abort(new Error('gone'));
  await outcome;
  await flush();
  expect(stopped).toBe(true);
  expect(wire.closed).toEqual({ gateway: null, node: null });
});

test('an answer that crosses with the cancellation is passed over', async () => {
  const { link, flush, wire } = await connect();
  const caller = new AbortController();
  const answer = link.call(head, new Uint8Array(300_000), caller.signal).catch(() => 'cancelled');
  caller.abort(new Error('gone'));
  expect(await answer).toBe('cancelled');
  await flush();
  const next = link.call(head, new Uint8Array(1), never);
  await flush();
  expect((await next).body.length).toBe(1);
  expect(wire.closed.gateway).toBeNull();
});

test('a link that dies tells each call whether the node can have begun', async () => {
  const { link, gateway } = await connect({ answerCall: () => new Promise(() => {}) });
  const whole = link.call(head, new Uint8Array(10), never).catch((error: LinkLost) => error.started);
  const half = link.call(head, new Uint8Array(1_000_000), never).catch((error: LinkLost) => error.started);
  gateway.end('socket closed');
  expect(await whole).toBe(true);
  expect(await half).toBe(false);
  await link.closed;
  await expect(link.call(head, new Uint8Array(1), never)).rejects.toBeInstanceOf(LinkLost);
});

test('a node that fails inside says so without its words', async () => {
  const { link, flush } = await connect({
    answerCall: async () => {
      throw new Error('secret path /home/operator');
    },
  });
  const answer = link.call(head, new Uint8Array(1), never);
  await flush();
  expect((await answer).head).toEqual({ ok: false, code: 'Internal', message: 'The node failed.', started: true });
});

test('calls beyond what a link carries are refused here, not sent', async () => {
  const { link } = await connect({ answerCall: () => new Promise(() => {}), limits: { streams: 2, bodyBytes: 100 } });
  void link.call(head, new Uint8Array(1), never).catch(() => {});
  void link.call(head, new Uint8Array(1), never).catch(() => {});
  expect((await link.call(head, new Uint8Array(1), never)).head).toMatchObject({ code: 'NodeBusy', started: false });
  expect((await link.call(head, new Uint8Array(101), never)).head).toMatchObject({ code: 'BodyTooLarge' });
});

test('silence of three beats ends the link, on either side', async () => {
  let now = 0;
  const { link, gateway, node, wire } = await connect({ clock: () => now });
  now = 30_000;
  gateway.beat();
  node.beat();
  expect(wire.closed).toEqual({ gateway: null, node: null });
  now = 30_001;
  gateway.beat();
  node.beat();
  expect(wire.closed).toEqual({ gateway: 'HeartbeatMissed', node: 'HeartbeatMissed' });
  await link.closed;
});

test('beats keep a quiet link alive', async () => {
  let now = 0;
  const { gateway, node, wire, flush } = await connect({ clock: () => now });
  for (now = 10_000; now < 200_000; now += 10_000) {
    gateway.beat();
    node.beat();
    await flush();
  }
  expect(wire.closed).toEqual({ gateway: null, node: null });
});
