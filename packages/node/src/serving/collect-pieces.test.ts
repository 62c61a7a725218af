import { expect, test } from 'vitest';
import { collectPieces } from './collect-pieces.ts';

const salt = 'aa'.repeat(32);
const bytes = (value: string) => new TextEncoder().encode(value);

test('an answer in pieces is kept whole, in order, and each piece waits for its taker', async () => {
  const taken: string[] = [];
  const pieces = collectPieces(async (piece) => void taken.push(Buffer.from(piece).toString()));
  await pieces.onPiece?.(bytes('a\n'), salt);
  await pieces.onPiece?.(bytes('b\n'), salt);
  expect(taken).toEqual(['a\n', 'b\n']);
  expect(Buffer.from(pieces.whole(bytes('c'))).toString()).toBe('a\nb\nc');
});

test('an answer that comes whole is not copied, and its model is asked for no pieces', () => {
  const pieces = collectPieces(undefined);
  const body = bytes('whole');
  expect([pieces.onPiece, pieces.whole(body) === body]).toEqual([undefined, true]);
});

test('attack by a model: pieces without end are refused at the bound, and no more is kept or passed on', async () => {
  let passed = 0;
  const pieces = collectPieces(() => void passed++, 10);
  await pieces.onPiece?.(new Uint8Array(10), salt);
  await expect(pieces.onPiece?.(new Uint8Array(1), salt)).rejects.toMatchObject({ code: 'CallFailed' });
  expect([passed, pieces.whole(new Uint8Array()).length]).toEqual([1, 10]);
});
