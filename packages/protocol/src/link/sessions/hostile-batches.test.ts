import { expect, test } from 'vitest';
import {
  connect,
  createReceipts,
  facts,
  frameOf,
  gatewayAddress,
  good,
  head,
  key,
  never,
  refusal,
  salt,
  session,
  signedEcho,
  start,
} from '../../../test/connect-link.ts';
import { toHex } from '../../bytes/hex.ts';
import type { Address } from '../../identity/address.ts';
import { addressOf, parsePrivateKey } from '../../keys/private-key.ts';
import { type BatchHeader, signBatch } from '../../receipts/batches/batch-header.ts';
import { growBatchTree } from '../../receipts/batches/batch-tree.ts';
import type { Receipt3 } from '../../receipts/batches/receipt-3.ts';
import { encodeReceipt, leafOfReceipt } from '../../receipts/batches/receipt-bytes.ts';
import { zeroBytes32 } from '../../receipts/receipt-fields.ts';
import { type AnswerHead, encodeAnswerHead } from '../frames/answer-head.ts';
import { encodeBatchPayload } from '../frames/batch-payload.ts';
import { u32 } from '../frames/encode-frame.ts';
import { encodeJson } from '../frames/json-payload.ts';
import type { LinkAnswer } from '../link-answer.ts';
import { LinkLost } from '../node-link.ts';

const stranger = parsePrivateKey('22'.repeat(32))!;

type Forged = {
  streams: readonly number[];
  header?: Partial<BatchHeader>;
  /** Of every receipt. */
  receipt?: Partial<Receipt3>;
  by?: typeof key;
};

/** A batch frame as a node could write it by hand, and the hash of its header. */
function forge({ streams, header = {}, receipt = {}, by = key }: Forged) {
  const first = header.first ?? 0;
  const bytes = streams.map((_, index) => encodeReceipt({ ...facts, version: 3, seq: first + index, ...receipt }));
  const root = toHex(growBatchTree(bytes.map(leafOfReceipt)).root);
  const said = { node: addressOf(key), session, gateway: gatewayAddress, first, count: streams.length, root };
  const { batch, id } = signBatch({ ...said, previous: zeroBytes32, issuedAt: 5, ...header }, by);
  const receipts = bytes.map((one, index) => ({ stream: streams[index] ?? 0, bytes: one }));
  return { id, frame: frameOf('BATCH', 0, true, encodeBatchPayload({ batch, receipts })) };
}

const answerOf = (stream: number, said: AnswerHead, body = new Uint8Array()) => {
  const bytes = encodeAnswerHead(said);
  return frameOf('ANSWER', stream, true, u32(bytes.length), bytes, body);
};
const goodHead = (seq: number) => ({ ok: true as const, seq, salt, runMs: 1 });

/** A gateway with so many calls under way at a node that is played by hand. */
async function attack(calls: number) {
  const connected = await connect({ answerCall: () => new Promise(() => {}) });
  const callers = Array.from({ length: calls }, () => new AbortController());
  const outcomes = callers.map(({ signal }) =>
    connected.link.call(head, new Uint8Array(1), signal).catch((error: unknown) => error),
  );
  return { ...connected, callers, outcomes };
}

const one = forge({ streams: [1] });

test.each<[string, Uint8Array[]]>([
  ['of another node', [forge({ streams: [1], header: { node: addressOf(stranger) }, by: stranger }).frame]],
  ['signed by somebody else', [forge({ streams: [1], by: stranger }).frame]],
  ['for another gateway', [forge({ streams: [1], header: { gateway: `0x${'9b'.repeat(20)}` as Address } }).frame]],
  ['of another start', [forge({ streams: [1], header: { session: session.replace(start, 'aa'.repeat(16)) } }).frame]],
  ['of no link', [forge({ streams: [1], header: { session: start.padEnd(64, '0') } }).frame]],
  [
    'of another link after the first',
    [
      one.frame,
      forge({ streams: [2], header: { first: 1, previous: one.id, session: `${start}${'2'.padStart(32, '0')}` } })
        .frame,
    ],
  ],
  ['repeated', [one.frame, one.frame]],
  ['that begins with a gap', [forge({ streams: [1], header: { first: 1 } }).frame]],
  ['that skips a number', [one.frame, forge({ streams: [2], header: { first: 2, previous: one.id } }).frame]],
  ['that skips a batch', [one.frame, forge({ streams: [2], header: { first: 1, previous: 'ab'.repeat(32) } }).frame]],
  ['that forks', [one.frame, forge({ streams: [2], header: { issuedAt: 6 } }).frame]],
  ['with a root of other receipts', [forge({ streams: [1], header: { root: 'cd'.repeat(32) } }).frame]],
  ['with a receipt at another place', [forge({ streams: [1], receipt: { seq: 1 } }).frame]],
  ['that counts more than it brings', [forge({ streams: [1], header: { count: 2 } }).frame]],
  ['signed before its answer was ready', [forge({ streams: [1], receipt: { finishedAt: 6 } }).frame]],
  ['signed hours after its call', [forge({ streams: [1], header: { issuedAt: 8_000_000 } }).frame]],
  ['with a receipt for a call nobody made', [forge({ streams: [1, 3] }).frame]],
  ['with a receipt for the link itself', [forge({ streams: [0] }).frame]],
  ['with two receipts for one call', [forge({ streams: [1, 1] }).frame]],
  ['with a second receipt later', [one.frame, forge({ streams: [1], header: { first: 1, previous: one.id } }).frame]],
  ['of nothing', [frameOf('BATCH', 0, true)]],
  ['that is cut', [one.frame.subarray(0, -1)]],
  ['that goes on', [frameOf('BATCH', 0, true, one.frame.subarray(6), new Uint8Array(1))]],
])('attack on a gateway: a batch %s ends the link', async (_name, frames) => {
  const { gateway, wire, link, outcomes } = await attack(2);
  const heard: string[] = [];
  link.onBatch(({ id }) => heard.push(id));
  for (const frame of frames) gateway.receive(frame);
  expect(wire.closed.gateway).toBe('BatchInvalid');
  for (const outcome of outcomes) expect(await outcome).toBeInstanceOf(LinkLost);
  expect(heard.length).toBe(frames.length - 1);
});

test.each<[string, Uint8Array[]]>([
  ['a good answer without a batch', [answerOf(1, goodHead(0))]],
  ['an answer that names another place', [one.frame, answerOf(1, goodHead(1))]],
  ['an answer under the receipt of another call', [forge({ streams: [1, 2] }).frame, answerOf(1, goodHead(1))]],
  ['a refusal of what was signed as answered', [one.frame, answerOf(1, refusal('no'))]],
  ['an answer that ran for longer than any', [one.frame, answerOf(1, { ...goodHead(0), runMs: Number.NaN })]],
  ['an answer with an id that is none', [one.frame, answerOf(1, { ...goodHead(0), id: 7 as never })]],
  ['an answer with a long id', [one.frame, answerOf(1, { ...goodHead(0), id: 'x'.repeat(257) })]],
  [
    'a head that is cut',
    [one.frame, frameOf('ANSWER', 1, true, u32(48), encodeAnswerHead(goodHead(0)).subarray(0, 48))],
  ],
])('attack on a gateway: %s ends the link', async (_name, frames) => {
  const { gateway, wire, outcomes } = await attack(2);
  for (const frame of frames) gateway.receive(frame);
  expect(wire.closed.gateway).toBe('AnswerInvalid');
  for (const outcome of outcomes) expect(await outcome).toBeInstanceOf(LinkLost);
});

test('attack on a gateway: one answer under two heads is one answer', async () => {
  const { gateway, wire, outcomes } = await attack(1);
  for (const frame of [one.frame, answerOf(1, goodHead(0)), answerOf(1, goodHead(0))]) gateway.receive(frame);
  expect(await outcomes[0]).toMatchObject({ head: { ok: true, receipt: { seq: 0 } } });
  expect(wire.closed.gateway).toBeNull();
});

test('a receipt for a call that its caller has dropped may come once, and its answer is passed over', async () => {
  const { gateway, wire, callers, outcomes, link } = await attack(2);
  const counts: number[] = [];
  link.onBatch(({ batch }) => counts.push(batch.count));
  callers[0]!.abort(new Error('gone'));
  expect(await outcomes[0]).toMatchObject({ message: 'gone' });
  const both = forge({ streams: [1, 2] });
  for (const frame of [both.frame, answerOf(1, goodHead(0)), answerOf(2, goodHead(1))]) gateway.receive(frame);
  expect(await outcomes[1]).toMatchObject({ head: { ok: true, receipt: { seq: 1 } } });
  expect([wire.closed.gateway, counts]).toEqual([null, [2]]);
  gateway.receive(forge({ streams: [1], header: { first: 2, previous: both.id } }).frame);
  expect(wire.closed.gateway).toBe('BatchInvalid');
});

test('attack on a gateway: batches whose answers never come cost their calls, and no more than those', async () => {
  const { gateway, wire, link, callers, outcomes } = await attack(64);
  const all = forge({ streams: outcomes.map((_, index) => index + 1) });
  gateway.receive(all.frame);
  for (const caller of callers) caller.abort(new Error('waited long enough'));
  for (const outcome of outcomes) expect(await outcome).toMatchObject({ message: 'waited long enough' });
  expect(wire.closed.gateway).toBeNull();
  // Each call has had its one receipt: a node that goes on signing has none left to sign for.
  gateway.receive(forge({ streams: [1], header: { first: 64, previous: all.id } }).frame);
  expect(wire.closed.gateway).toBe('BatchInvalid');
  await expect(link.call(head, new Uint8Array(1), never)).rejects.toBeInstanceOf(LinkLost);
});

test('attack on a gateway: calls that are dropped by the thousand leave no trace without end', async () => {
  const { gateway, wire, link } = await connect({ answerCall: () => new Promise(() => {}) });
  for (let call = 0; call < 5_000; call++) {
    const caller = new AbortController();
    const outcome = link.call(head, new Uint8Array(1), caller.signal).catch(() => {});
    caller.abort(new Error('gone'));
    await outcome;
  }
  // Forgotten: only the last 4,096 may still have a receipt on its way.
  gateway.receive(forge({ streams: [1] }).frame);
  expect(wire.closed.gateway).toBe('BatchInvalid');
});

test('what is ready in one tick is one batch, in order, and each answer is proved by its own receipt', async () => {
  const { link, flush } = await connect({ answerCall: signedEcho });
  const batches: number[][] = [];
  link.onBatch(({ batch }) => batches.push([batch.first, batch.count]));
  const answers = Array.from({ length: 70 }, (_, index) =>
    link.call(head, new Uint8Array([index]), new AbortController().signal),
  );
  await flush();
  const heads = (await Promise.all(answers)).map(({ head: said }) => said as Extract<LinkAnswer['head'], { ok: true }>);
  expect(heads.map(({ receipt }) => receipt.seq)).toEqual(Array.from({ length: 70 }, (_, index) => index));
  expect((await Promise.all(answers)).map(({ body }) => body[0])).toEqual(heads.map(({ receipt }) => receipt.seq));
  expect(batches).toEqual([
    [0, 64],
    [64, 6],
  ]);
  expect(new Set(heads.map(({ batch }) => batch)).size).toBe(2);
  expect(heads[69]!.batch.batch.previous).toBe(heads[0]!.batch.id);
});

test('a node keeps what it signed also where the caller left before the batch went', async () => {
  const kept: string[] = [];
  const caller = new AbortController();
  const { link, flush, wire } = await connect({
    async answerCall(_head, body) {
      setImmediate(() => caller.abort(new Error('gone')));
      return { ...good(body), onReceipt: (id) => void kept.push(id) };
    },
  });
  const outcome = link.call(head, new Uint8Array(1), caller.signal).catch((error: Error) => error.message);
  await flush();
  expect([await outcome, kept.length, wire.closed.gateway]).toEqual(['gone', 1, null]);
});

test('a link that ends between answer and signature signs nothing, and the next is a session of its own', async () => {
  const first = await connect({ answerCall: signedEcho });
  const open = createReceipts(() => 0);
  const signed: string[] = [];
  const note = ({ batch }: { batch: { session: string; first: number } }) =>
    signed.push(`${batch.session} ${batch.first}`);
  const [one, two] = [open(gatewayAddress, note), open(gatewayAddress, note)];
  one.add(facts, null);
  two.add(facts, null);
  one.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(signed).toEqual([`${start}${'2'.padStart(32, '0')} 0`]);
  const answer = first.link.call(head, new Uint8Array(1), never).catch((error: LinkLost) => error.started);
  first.gateway.end('the process was killed');
  expect(await answer).toBe(true);
});

test('what no receipt can say costs its call, and not those of the same tick', async () => {
  const { link, flush, wire } = await connect({
    answerCall: async (_head, body) => good(body, body[0] === 1 ? { finishedAt: 2 ** 33 } : {}),
  });
  const answers = [0, 1, 2].map((value) => link.call(head, new Uint8Array([value]), never));
  await flush();
  const said = (await Promise.all(answers)).map(({ head: { ok } }) => ok);
  expect([said, wire.closed.gateway]).toEqual([[true, false, true], null]);
});

test('an id crosses the link whatever is in it', async () => {
  const id = '\ud800 "\\ é\u0000';
  const { link, flush } = await connect({
    answerCall: async (_head, body) => ({ ...good(body), head: { ok: true, facts, salt, runMs: 0.25, id } }),
  });
  const answer = link.call(head, new Uint8Array(1), never);
  await flush();
  expect((await answer).head).toMatchObject({ ok: true, id, runMs: 0.25, salt });
  expect(encodeJson(id).length).toBeGreaterThan(id.length);
});
