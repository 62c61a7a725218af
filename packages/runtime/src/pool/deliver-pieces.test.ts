import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScriptedPool } from '../../test/open-scripted-pool.ts';
import { longestPieceBytes, piecesAhead } from '../channel/messages.ts';

/** A runner that does not wait for credit: the body of a call says how many pieces it sends, and of which size. */
const greedy = `
  const { count, size } = JSON.parse(order.body.toString());
  for (let sent = 0; sent < count; sent++) sendReport({ type: 'piece' }, Buffer.alloc(size));
  sendReport({ type: 'ran', inputDigest: zeros, outputDigest: zeros, runMs: 0 }, Buffer.from('{}'));`;

let pool: Awaited<ReturnType<typeof openScriptedPool>>;
beforeAll(async () => {
  pool = await openScriptedPool(greedy, { streams: true });
});
afterAll(() => pool[Symbol.asyncDispose]());

const call = (count: number, size = 3) => ({
  encoding: 'plain' as const,
  body: new TextEncoder().encode(JSON.stringify({ count, size })),
  salt: new Uint8Array(32),
});

it.each([
  ['one more than its credit', call(piecesAhead + 1), true],
  ['one longer than a piece may be', call(1, longestPieceBytes + 1), true],
  ['one nobody asked for', call(1), false],
])('attack: a runner that sends %s is killed, its call fails and the next is answered', async (_, order, takes) => {
  await using model = await pool.load();
  const { pid } = model;
  let taken = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const onPiece = () => {
    taken++;
    return gate;
  };
  const verdict = await model.run(order, { deadlineMs: 20_000, ...(takes ? { onPiece } : {}) });
  open();
  expect(verdict).toMatchObject({ ok: false, reason: 'RunnerDied', message: expect.stringContaining('no credit') });
  expect(taken).toBeLessThanOrEqual(1);
  expect(await model.run(call(0), { deadlineMs: 20_000 })).toMatchObject({ ok: true });
  expect([model.deaths, model.pid === pid]).toEqual([1, false]);
});

it('a runner that sends all its credit at once is not killed', async () => {
  await using model = await pool.load();
  const pieces: number[] = [];
  const onPiece = (piece: Uint8Array) => void pieces.push(piece.length);
  const verdict = await model.run(call(piecesAhead, longestPieceBytes), { deadlineMs: 20_000, onPiece });
  expect([verdict.ok, pieces.length, model.deaths]).toEqual([true, piecesAhead, 0]);
});
