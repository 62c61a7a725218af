import { expect, test } from 'vitest';
import { connect, head, never, refusal, salt, types } from '../../../test/connect-link.ts';
import type { AnswerCall, OnPiece } from '../answer-call.ts';
import { encodeAnswerHead } from '../frames/answer-head.ts';
import { decodeCallHead } from '../frames/call-head.ts';
import { decodeFrame } from '../frames/decode-frame.ts';
import { encodeFrame, u32 } from '../frames/encode-frame.ts';
import { decodeReason } from '../frames/json-payload.ts';
import { linkLimits } from '../limits.ts';
import type { LinkLost } from '../node-link.ts';

const silent: AnswerCall = () => new Promise(() => {});
const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value);
const nobody: OnPiece = () => new Promise<void>(() => {});

/** A node that hands out these pieces and ends with `last`. */
const inPieces =
  (pieces: readonly Uint8Array[], last = bytes(0)): AnswerCall =>
  async (_head, _body, _signal, onPiece) => {
    for (const piece of pieces) await onPiece?.(piece, salt);
    return { head: refusal('end'), body: last };
  };

/** A node that goes on until nobody takes a piece any more; tells how many went out, and why it ended. */
function endless(piece: Uint8Array) {
  const told = { sent: 0, ended: null as unknown };
  const answerCall: AnswerCall = async (_head, _body, _signal, onPiece) => {
    try {
      for (;;) {
        await onPiece?.(piece, salt);
        told.sent++;
      }
    } catch (error) {
      told.ended = error;
      throw error;
    }
  };
  return { told, answerCall };
}

test('pieces come in order, as they were cut, and the answer ends with its head and its last piece', async () => {
  const pieces = [bytes(1), bytes(65_536, 2), bytes(100_000, 3), bytes(1, 4), bytes(131_072, 5)];
  const { link, flush } = await connect({ answerCall: inPieces(pieces, bytes(70_000, 6)) });
  const taken: Uint8Array[] = [];
  const answer = link.call(head, bytes(3), never, (piece) => void taken.push(piece));
  await flush();
  expect(taken.map((piece) => [piece.length, piece[0]])).toEqual(pieces.map((piece) => [piece.length, piece[0]]));
  expect((await answer).head).toEqual(refusal('end'));
  expect((await answer).body.length).toBe(70_000);
});

test('many more bytes than a window come through, whatever the pieces are cut to', async () => {
  for (const length of [1, 255, 257, 50_000, 131_072]) {
    const pieces = Array.from({ length: Math.ceil(1_500_000 / Math.max(length, 256)) }, () => bytes(length));
    const { link, flush, wire } = await connect({ answerCall: inPieces(pieces, bytes(300_000)) });
    let taken = 0;
    const answer = link.call(head, bytes(1), never, () => void taken++);
    await flush();
    expect([(await answer).body.length, taken, wire.closed.gateway]).toEqual([300_000, pieces.length, null]);
  }
});

test('the answer waits until its pieces are taken', async () => {
  const { link, flush } = await connect({ answerCall: inPieces([bytes(1), bytes(1)]) });
  const order: string[] = [];
  let take = () => {};
  const answer = link
    .call(head, bytes(1), never, async () => {
      await new Promise<void>((resolve) => {
        take = resolve;
      });
      order.push('piece');
    })
    .then(() => order.push('answer'));
  await flush();
  take();
  await flush();
  take();
  await answer;
  expect(order).toEqual(['piece', 'piece', 'answer']);
});

test('a caller who takes no pieces gets none, and its call does not ask for any', async () => {
  let given: unknown = 'not called';
  const { link, flush, wire } = await connect({
    answerCall: async (_head, body, _signal, onPiece) => {
      given = onPiece;
      return { head: refusal('whole'), body };
    },
  });
  const answer = link.call(head, bytes(5), never);
  const [call] = wire.queue.map(({ bytes: frame }) => decodeFrame(frame));
  expect(decodeCallHead(call?.payload.subarray(4, -5) ?? bytes(0))).toEqual(head);
  await flush();
  expect([given, (await answer).body.length]).toEqual([undefined, 5]);
});

test('a node may answer a call for pieces whole', async () => {
  const { link, flush } = await connect({ answerCall: async (_head, body) => ({ head: refusal('whole'), body }) });
  const answer = link.call(head, bytes(5), never, () => expect.unreachable());
  await flush();
  expect((await answer).body.length).toBe(5);
});

test.each([
  ['large', bytes(100_000), 2],
  ['one byte', bytes(1), 1024],
])(
  'attack by a caller who never takes: a model that goes on (pieces: %s) is stopped by a window',
  async (_name, piece, most) => {
    const { told, answerCall } = endless(piece);
    const { link, flush, wire } = await connect({ answerCall });
    void link.call(head, bytes(1), never, nobody).catch(() => {});
    await flush();
    expect(told.sent).toBe(most);
    expect(told.sent * Math.max(256, piece.length)).toBeLessThanOrEqual(linkLimits.windowBytes);
    expect(wire.closed).toEqual({ gateway: null, node: null });
  },
);

test('a caller who leaves in the midst ends the work of the node, and the link goes on', async () => {
  const { told, answerCall } = endless(bytes(1000));
  const { link, flush, wire } = await connect({ answerCall });
  const caller = new AbortController();
  const answer = expect(link.call(head, bytes(1), caller.signal, nobody)).rejects.toThrow('gone');
  await flush();
  caller.abort(new Error('gone'));
  await answer;
  await flush();
  expect(told.ended).toBeInstanceOf(Error);
  expect(wire.closed).toEqual({ gateway: null, node: null });
});

test('a caller who leaves when all is here but not taken is let go', async () => {
  const { link, flush } = await connect({ answerCall: inPieces([bytes(1)]) });
  const caller = new AbortController();
  const answer = expect(link.call(head, bytes(1), caller.signal, nobody)).rejects.toThrow('gone');
  await flush();
  caller.abort(new Error('gone'));
  await answer;
});

test('what the taker of pieces throws ends the call, and the node is told', async () => {
  const { told, answerCall } = endless(bytes(1000));
  const { link, flush } = await connect({ answerCall });
  const answer = expect(
    link.call(head, bytes(1), never, () => {
      throw new Error('no room');
    }),
  ).rejects.toThrow('no room');
  await flush();
  await answer;
  expect(told.ended).toBeInstanceOf(Error);
});

test('a link that dies in the midst is an error, never a short answer', async () => {
  const { told, answerCall } = endless(bytes(100_000));
  const { link, flush, gateway, node } = await connect({ answerCall });
  const answer = link.call(head, bytes(1), never, nobody).catch((error: LinkLost) => error);
  await flush();
  gateway.end('SocketClosed');
  node.end('SocketClosed');
  expect(await answer).toMatchObject({ name: 'LinkLost', started: true });
  await flush();
  expect(told.ended).toBeInstanceOf(Error);
});

test('a node that has sent more than a link carries says so in words, and the link goes on', async () => {
  const { link, flush, wire } = await connect({
    answerCall: inPieces([bytes(600), bytes(600)]),
    limits: { bodyBytes: 1000 },
  });
  const answer = link.call(head, bytes(1), never, () => {});
  await flush();
  expect([(await answer).head, wire.closed.gateway]).toMatchObject([{ ok: false, code: 'Internal' }, null]);
});

const answerFrame = (stream: number, end: boolean) => {
  const said = encodeAnswerHead(refusal('end'));
  return encodeFrame('ANSWER', stream, end, u32(said.length), said, bytes(10));
};

/** The first piece of a stream comes after the salt of its answer. */
const firstPiece = (end: boolean, body: Uint8Array) => encodeFrame('PIECE', 1, end, bytes(32), body);
const morePieces = (count: number, end: boolean, body: Uint8Array) =>
  Array.from({ length: count }, () => encodeFrame('PIECE', 1, end, body));

test.each<[string, string, Uint8Array[], boolean?]>([
  ['a piece where none is taken', 'PieceUnexpected', [encodeFrame('PIECE', 1, true, bytes(1))], true],
  [
    'a piece after its answer began',
    'PieceAfterAnswer',
    [answerFrame(1, false), encodeFrame('PIECE', 1, true, bytes(1))],
  ],
  ['an answer in the midst of a piece', 'PieceUnended', [firstPiece(false, bytes(1)), answerFrame(1, true)]],
  ['an empty piece', 'PieceEmpty', [firstPiece(true, bytes(0))]],
  ['a piece without its salt', 'PieceEmpty', [encodeFrame('PIECE', 1, true, bytes(31))]],
  ['a piece without end', 'PieceTooLarge', [firstPiece(false, bytes(65_536)), ...morePieces(2, false, bytes(65_536))]],
  ['more than a window', 'WindowExceeded', [firstPiece(true, bytes(65_536)), ...morePieces(4, true, bytes(65_536))]],
  ['tiny pieces without end', 'WindowExceeded', [firstPiece(true, bytes(1)), ...morePieces(1024, true, bytes(1))]],
  ['a piece of a call nobody made', 'StreamUnknown', [encodeFrame('PIECE', 2, true, bytes(1))]],
])('attack by a node: %s ends the link (%s), and the call with an error', async (_name, violation, frames, whole) => {
  const { link, gateway, wire, flush } = await connect({ answerCall: silent });
  const answer = link.call(head, bytes(1), never, whole ? undefined : nobody).catch((error: LinkLost) => error.name);
  await flush();
  for (const frame of frames) gateway.receive(frame);
  expect(await answer).toBe('LinkLost');
  expect(wire.closed.gateway).toBe(violation);
  const bye = wire.queue.map(({ bytes: frame }) => decodeFrame(frame)).find((frame) => frame?.type === 'BYE');
  expect(decodeReason(bye?.payload ?? bytes(0))).toBe(violation);
});

test('attack by a node: pieces after the end are passed over as far as they can have been under way', async () => {
  const { link, gateway, wire, flush } = await connect({ answerCall: inPieces([]) });
  const answer = link.call(head, bytes(1), never, () => {});
  await flush();
  await answer;
  for (let late = 0; late < 2_000; late++) gateway.receive(encodeFrame('PIECE', 1, true, bytes(256)));
  expect(wire.closed.gateway).toBe('StreamUnknown');
  expect(types(wire)).toContain('BYE');
});

test('attack by a gateway: credit for more than was sent ends the link', async () => {
  const { told, answerCall } = endless(bytes(1000));
  const { link, node, wire, flush } = await connect({ answerCall });
  void link.call(head, bytes(1), never, nobody).catch(() => {});
  await flush();
  node.receive(encodeFrame('CREDIT', 1, false, u32(linkLimits.windowBytes + 1)));
  expect(wire.closed.node).toBe('CreditInvalid');
  await flush();
  expect(told.ended).toBeInstanceOf(Error);
});
