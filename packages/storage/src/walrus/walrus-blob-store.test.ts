import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { expect, it } from 'vitest';
import { createWalrusTest, unhurried } from '../../test/create-walrus-test.ts';
import { describeBlobStore, piecesOf, readAll } from '../../test/describe-blob-store.ts';
import { encode, sha256 } from '../../test/serve-walrus.ts';

describeBlobStore('WalrusBlobStore', async () => {
  const test = await createWalrusTest(unhurried);
  return {
    store: test.store,
    // Whoever holds the bytes has others, so every aggregator sends them.
    damage: async (id, bytes) => {
      for (const part of (await test.index.find(id))?.parts ?? [])
        test.network.blobs.set(part.blobId, Buffer.from(bytes));
    },
    leftovers: () => readdir(join(test.directory, 'spool')).catch(() => []),
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
});

it('keeps a large file in parts, and reads ranges across them', async () => {
  await using test = await createWalrusTest(unhurried);
  const large = Buffer.alloc(2 * chunkBytes * 2 + 100, randomBytes(1021));
  await test.store.put(sha256(large), large.length, piecesOf(large));
  expect((await test.index.find(sha256(large)))?.parts.map((part) => part.size)).toEqual([
    2 * chunkBytes,
    2 * chunkBytes,
    100,
  ]);
  const across = { offset: 2 * chunkBytes - 5, length: 10 };
  const read = await readAll(test.store, sha256(large), across);
  expect(read).toEqual(large.subarray(across.offset, across.offset + 10));
  expect(sha256((await readAll(test.store, sha256(large))) ?? Buffer.alloc(0))).toBe(sha256(large));
});

it.each([
  ['no bytes', 0],
  ['one byte', 1],
  ['less than a part', 300_000],
  ['a part', chunkBytes],
  ['parts', chunkBytes + 100],
])(
  '%s are kept under the names that the true encoder computes',
  async (_case, length) => {
    await using test = await createWalrusTest({ ...unhurried, identify: encode, partBytes: chunkBytes });
    const content = randomBytes(length);
    const name = sha256(content);
    await test.store.put(name, length, piecesOf(content));
    const expected = await encode(piecesOf(content), length, { partBytes: chunkBytes });
    expect((await test.index.find(name))?.parts.map(({ blobId, size }) => ({ blobId, size }))).toEqual(expected);
    expect([...test.network.blobs.keys()].sort()).toEqual(expected.map(({ blobId }) => blobId).sort());
    expect(await readAll(test.store, name)).toEqual(content);
    // The thread of the encoder is of low priority: a busy machine lets it wait.
  },
  300_000,
);
