import { describe, expect, it } from 'vitest';
import { computeBlobIds } from './compute-blob-ids.ts';

async function* piecesOf(bytes: Uint8Array, size = 70_001) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const idOf = async (bytes: Uint8Array) => {
  const parts = await computeBlobIds(piecesOf(bytes), bytes.length);
  return parts.map((part) => part.blobId);
};
const counting = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (i + from) % 256);

// A storm, since each name on the thousand shards of the public networks costs 2.3 CPU seconds.
describe('published vectors', () => {
  it.each([
    ['no bytes', new Uint8Array(), '3GPQL3HZNnFhN_F7l5Aa-X1VOtAKwIsg9zuWk8R81v4'],
    ['100 bytes', counting(100, 1), '5a9PFTKPcQ4DbDE-2MDwT5B38qkTxhHaKgfM1xKzmU4'],
    ['100 000 bytes', counting(100_000, 123), '5mAQjSq3hwcpxdqrIPL9ACnCJuTNt3fS_E6TCOZQntM'],
    ['what the documentation stores', Buffer.from('some other string'), 'M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk'],
  ])(
    '%s',
    async (_case, bytes, blobId) => {
      expect(await idOf(bytes)).toEqual([blobId]);
      // The thread is of low priority: a busy machine lets it wait.
    },
    300_000,
  );
});
