import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFollowingHash } from '@callable/disk';
import { chunkBytes } from '@callable/protocol';
import { describe, expect, it } from 'vitest';
import { type BlobStore, verifyBlob } from '../src/index.ts';

export type StoreUnderTest = AsyncDisposable & {
  store: BlobStore;
  /** Replaces the stored bytes behind the store's back, as a failing disk would. */
  damage: (id: string, bytes: Uint8Array) => Promise<void>;
  /** What the store holds beside whole blobs: nothing, after any failure. */
  leftovers: () => Promise<string[]>;
};

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export async function* piecesOf(bytes: Uint8Array, size = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function readAll(store: BlobStore, id: string, range?: { offset: number; length?: number }) {
  const bytes = await store.read(id, range);
  if (!bytes) return null;
  const pieces = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What every adapter of BlobStore has to show. */
export function describeBlobStore(name: string, createStore: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    const bytes = randomBytes(300_000);
    const id = sha256(bytes);

    it('gives back what was put, whole and in ranges', async () => {
      await using test = await createStore();
      await test.store.put(id, bytes.length, piecesOf(bytes));
      expect(await test.store.stat(id)).toEqual({ size: bytes.length });
      expect(await readAll(test.store, id)).toEqual(bytes);
      expect(await readAll(test.store, id, { offset: 5, length: 7 })).toEqual(bytes.subarray(5, 12));
      expect(await readAll(test.store, id, { offset: 299_999 })).toEqual(bytes.subarray(299_999));
      expect(await readAll(test.store, id, { offset: 299_999, length: 10 })).toEqual(bytes.subarray(299_999));
      expect(await readAll(test.store, id, { offset: 300_000 })).toEqual(Buffer.alloc(0));
      expect(await readAll(test.store, id, { offset: 5, length: 0 })).toEqual(Buffer.alloc(0));
      expect(await test.leftovers()).toEqual([]);
    });

    it('knows nothing of what was never put, and forgets what is deleted, also twice', async () => {
      await using test = await createStore();
      expect(await test.store.stat(id)).toBeNull();
      expect(await test.store.read(id)).toBeNull();
      await test.store.delete(id);
      await test.store.put(id, bytes.length, piecesOf(bytes));
      await test.store.delete(id);
      await test.store.delete(id);
      expect(await test.store.stat(id)).toBeNull();
      expect(await test.store.read(id)).toBeNull();
    });

    it('keeps a blob of no bytes', async () => {
      await using test = await createStore();
      const empty = new Uint8Array();
      await test.store.put(sha256(empty), 0, piecesOf(empty));
      expect(await test.store.stat(sha256(empty))).toEqual({ size: 0 });
      expect(await readAll(test.store, sha256(empty))).toEqual(Buffer.alloc(0));
    });

    it.each([
      ['other bytes', Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1)])],
      ['too few', bytes.subarray(0, -1)],
      ['too many', Buffer.concat([bytes, Buffer.from([0])])],
      ['none', Buffer.alloc(0)],
    ])('refuses %s under a name, and leaves nothing behind', async (_case, wrong) => {
      await using test = await createStore();
      await expect(test.store.put(id, bytes.length, piecesOf(wrong))).rejects.toMatchObject({ code: 'UploadMismatch' });
      await using directory = await createDirectory();
      const path = join(directory.path, 'file');
      await writeFile(path, wrong);
      await expect(test.store.putFile(id, bytes.length, path)).rejects.toMatchObject({ code: 'UploadMismatch' });
      expect(await test.store.stat(id)).toBeNull();
      expect(await test.leftovers()).toEqual([]);
    });

    it('leaves nothing behind when the source breaks off, and takes the next', async () => {
      await using test = await createStore();
      const breaking = async function* () {
        yield bytes.subarray(0, 1000);
        throw new Error('the client went away');
      };
      await expect(test.store.put(id, bytes.length, breaking())).rejects.toThrow('the client went away');
      expect(await test.store.stat(id)).toBeNull();
      expect(await test.leftovers()).toEqual([]);
      await test.store.put(id, bytes.length, piecesOf(bytes));
      expect(await readAll(test.store, id)).toEqual(bytes);
    });

    it('reads an endless source no further than the announced size', async () => {
      await using test = await createStore();
      let given = 0;
      const endless = async function* () {
        for (;;) {
          given += 1000;
          yield Buffer.alloc(1000);
        }
      };
      await expect(test.store.put(id, 5000, endless())).rejects.toMatchObject({ code: 'UploadMismatch' });
      expect(given).toBeLessThan(20_000);
    });

    it('takes over a file, which is gone afterwards, also when the blob was there already', async () => {
      await using test = await createStore();
      await using directory = await createDirectory();
      for (const name of ['first', 'second']) {
        const path = join(directory.path, name);
        await writeFile(path, bytes);
        await test.store.putFile(id, bytes.length, path);
        await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
        expect(await readAll(test.store, id)).toEqual(bytes);
      }
      await expect(test.store.putFile(sha256(Buffer.from('x')), 1, join(directory.path, 'none'))).rejects.toMatchObject(
        { code: 'ENOENT' },
      );
    });

    it('takes over a file that was hashed while it was written, and refuses what is not what its name says', async () => {
      await using test = await createStore();
      await using directory = await createDirectory();
      const path = join(directory.path, 'file');
      const hashed = async (content: Uint8Array) => {
        await writeFile(path, content);
        await using following = await openFollowingHash(path, bytes.length, new Set());
        return await following.finish();
      };
      const other = Buffer.concat([bytes.subarray(1), bytes.subarray(0, 1)]);
      for (const wrong of [other, bytes.subarray(1), Buffer.concat([bytes, bytes])])
        await expect(test.store.putFile(id, bytes.length, path, { hashed: await hashed(wrong) })).rejects.toMatchObject(
          { code: 'UploadMismatch' },
        );
      // What was hashed is not what bears the name now.
      const good = await hashed(bytes);
      await writeFile(`${path}.other`, other);
      await rename(`${path}.other`, path);
      await expect(test.store.putFile(id, bytes.length, path, { hashed: good })).rejects.toMatchObject({
        code: 'UploadMismatch',
      });
      expect(await test.store.stat(id)).toBeNull();
      expect(await test.leftovers()).toEqual([]);
      await test.store.putFile(id, bytes.length, path, { hashed: await hashed(bytes) });
      expect(await readAll(test.store, id)).toEqual(bytes);
      await expect(access(path)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('the same blob and the same file put many times at once end as one whole blob', async () => {
      await using test = await createStore();
      await using directory = await createDirectory();
      const path = join(directory.path, 'file');
      await writeFile(path, bytes);
      await Promise.all([
        ...Array.from({ length: 8 }, () => test.store.put(id, bytes.length, piecesOf(bytes))),
        ...Array.from({ length: 4 }, () => test.store.putFile(id, bytes.length, path)),
      ]);
      expect(await readAll(test.store, id)).toEqual(bytes);
      expect(await test.leftovers()).toEqual([]);
    });

    it.each([
      '',
      '..',
      '../../etc/passwd',
      'A'.repeat(64),
      `${'a'.repeat(63)}/`,
      'a'.repeat(65),
      `${'a'.repeat(64)}\n`,
    ])('refuses the name %j, which leads elsewhere', async (name) => {
      await using test = await createStore();
      await expect(test.store.stat(name)).rejects.toThrow(TypeError);
      await expect(test.store.read(name)).rejects.toThrow(TypeError);
      await expect(test.store.put(name, 1, piecesOf(Buffer.from('x')))).rejects.toThrow(TypeError);
      await expect(test.store.delete(name)).rejects.toThrow(TypeError);
    });

    it('a damaged blob is found, dropped and stored anew', async () => {
      await using test = await createStore();
      await test.store.put(id, bytes.length, piecesOf(bytes));
      expect(await verifyBlob(test.store, id, bytes.length)).toEqual({ ok: true });
      const flipped = Buffer.from(bytes);
      flipped[150_000] = (flipped[150_000] ?? 0) ^ 1;
      await test.damage(id, flipped);
      expect(await verifyBlob(test.store, id, bytes.length)).toMatchObject({
        ok: false,
        reason: 'HashMismatch',
        damaged: true,
      });
      expect(await test.store.discardDamaged(id)).toBe(true);
      expect(await test.store.stat(id)).toBeNull();
      expect(await verifyBlob(test.store, id, bytes.length)).toMatchObject({ ok: false, reason: 'FileMissing' });
      await test.store.put(id, bytes.length, piecesOf(bytes));
      expect(await verifyBlob(test.store, id, bytes.length)).toEqual({ ok: true });
      expect(await test.leftovers()).toEqual([]);
    });

    it('a good blob is never dropped as damaged, nor is one that is not there', async () => {
      await using test = await createStore();
      expect(await test.store.discardDamaged(id)).toBe(false);
      await test.store.put(id, bytes.length, piecesOf(bytes));
      expect(await test.store.discardDamaged(id)).toBe(false);
      expect(await readAll(test.store, id)).toEqual(bytes);
      expect(await test.leftovers()).toEqual([]);
    });

    it('a blob that was cut short is damaged; a wrong size or chunk in a manifest is not', async () => {
      await using test = await createStore();
      const large = randomBytes(chunkBytes + 10);
      const largeId = sha256(large);
      const chunks = [sha256(large.subarray(0, chunkBytes)), sha256(large.subarray(chunkBytes))];
      await test.store.put(largeId, large.length, piecesOf(large));
      const verify = (size: number, list: string[]) => verifyBlob(test.store, largeId, size, { chunks: list });
      expect(await verify(large.length, chunks)).toEqual({ ok: true });
      expect(await verify(large.length + 1, chunks)).toMatchObject({ ok: false, damaged: false });
      expect(await verify(large.length, [chunks[0] ?? '', sha256(large)])).toMatchObject({
        ok: false,
        damaged: false,
        message: expect.stringContaining('Chunk 1'),
      });
      await test.damage(largeId, large.subarray(0, 1000));
      expect(await verify(large.length, chunks)).toMatchObject({ ok: false, damaged: true });
    });

    it('stops reading when asked to', async () => {
      await using test = await createStore();
      await test.store.put(id, bytes.length, piecesOf(bytes));
      const stop = new AbortController();
      stop.abort();
      await expect(verifyBlob(test.store, id, bytes.length, { signal: stop.signal })).rejects.toThrow(/abort/i);
    });
  });
}

export async function createDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'callable-storage-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
