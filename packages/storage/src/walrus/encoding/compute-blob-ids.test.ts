import { BlobEncoder } from '@mysten/walrus-wasm';
import { describe, expect, it } from 'vitest';
import { computeBlobIds } from './compute-blob-ids.ts';
import { parseWalrusBlobId } from './walrus-blob-id.ts';

async function* piecesOf(bytes: Uint8Array, size = 70_001) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const idOf = async (bytes: Uint8Array, shards: number) => {
  const parts = await computeBlobIds(piecesOf(bytes), bytes.length, { shards });
  return parts.map((part) => part.blobId);
};
const counting = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (i + from) % 256);

describe('published vectors', () => {
  it('on ten shards', async () => {
    const bytes = Buffer.from('walrus blob id v1 regression test');
    expect(await idOf(bytes, 10)).toEqual(['RcU82Mwf-CFkv1LaI_2qcpANwpGUuG3TMwnVzZxD2kY']);
  });
});

describe('computeBlobIds', () => {
  const bytes = counting(10_000, 7);
  const official = (part: Uint8Array) => {
    const [id] = new BlobEncoder(10).compute_metadata(part) as [number[]];
    return Buffer.from(id).toString('base64url');
  };

  it.each([1, 3999, 4000, 4001, 8000, 10_000])('cuts a stream at its part size, %i bytes', async (length) => {
    const parts = await computeBlobIds(piecesOf(bytes.subarray(0, length), 777), length, {
      shards: 10,
      partBytes: 4000,
    });
    const expected = [];
    for (let at = 0; at < length; at += 4000) {
      const part = bytes.slice(at, Math.min(length, at + 4000));
      expected.push({ blobId: official(part), size: part.length });
    }
    expect(parts).toEqual(expected);
  });

  it.each([
    ['too short', 9999],
    ['too long', 10_001],
    ['longer by some parts', 3000],
  ])('refuses a size that is not that of the stream: %s', async (_case, size) => {
    const options = { shards: 10, partBytes: 4000 };
    await expect(computeBlobIds(piecesOf(bytes), size, options)).rejects.toMatchObject({ code: 'UploadMismatch' });
  });

  it('stops in the middle of a computation, and gives its place to the next', async () => {
    const stop = new AbortController();
    const first = computeBlobIds(piecesOf(bytes), bytes.length, { signal: stop.signal });
    const queued = computeBlobIds(piecesOf(bytes), bytes.length, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('nobody waits')), 200);
    const ends = await Promise.allSettled([first, queued]);
    expect(ends).toMatchObject(Array(2).fill({ status: 'rejected', reason: { message: 'nobody waits' } }));
    expect(await idOf(bytes, 10)).toEqual([official(bytes)]);
  });

  it('an encoder that fails is an error, and the next computation goes well', async () => {
    // More than ten shards can hold.
    await expect(idOf(new Uint8Array(4 * 7 * 65_534 + 1), 10)).rejects.toThrow('encoder');
    expect(await idOf(bytes, 10)).toEqual([official(bytes)]);
  });
});

describe('parseWalrusBlobId', () => {
  it('takes one spelling of a blob ID, and no other', () => {
    const id = 'M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk';
    expect(parseWalrusBlobId(id)).toBe(id);
    // The same 32 bytes for a lenient decoder.
    expect(parseWalrusBlobId(`${id.slice(0, -1)}l`)).toBeNull();
    for (const wrong of ['', id.slice(1), `${id}=`, id.replace('-', '+'), `${id}\n`, `../${id.slice(3)}`])
      expect(parseWalrusBlobId(wrong)).toBeNull();
  });
});
