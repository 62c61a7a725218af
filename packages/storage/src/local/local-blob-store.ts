import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobId, BlobStore, ByteRange } from '../blob-store.ts';
import { translateDiskError } from '../storage-error.ts';
import { hashFile } from './hash-file.ts';
import { syncDirectory } from './sync-directory.ts';
import { writeVerified } from './write-verified.ts';

const name = /^[0-9a-f]{64}$/;

/**
 * A directory of files named by their sha256, in 256 folders. Each is written beside its place, hashed, synced and
 * renamed, so a crash leaves the whole blob or none, and two processes may store the same one at once.
 */
export class LocalBlobStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(
    id: BlobId,
    size: number,
    source: AsyncIterable<Uint8Array>,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    if (await this.stat(id)) return;
    await this.#throughTemporary(id, (path) => writeVerified(path, { id, size }, source, options));
  }

  async putFile(id: BlobId, size: number, path: string, options: { signal?: AbortSignal } = {}): Promise<void> {
    if (await this.stat(id)) return;
    await hashFile(path, { id, size }, options);
    await this.#publish(id, path);
  }

  async read(
    id: BlobId,
    range: ByteRange = { offset: 0 },
    options: { signal?: AbortSignal } = {},
  ): Promise<AsyncIterable<Uint8Array> | null> {
    const found = await this.stat(id);
    if (!found) return null;
    const end = range.length === undefined ? found.size : Math.min(found.size, range.offset + range.length);
    if (end <= range.offset) return nothing();
    return createReadStream(this.#pathOf(id), {
      start: range.offset,
      end: end - 1,
      highWaterMark: 1 << 20,
      ...options,
    });
  }

  async stat(id: BlobId): Promise<{ size: number } | null> {
    const found = await stat(this.#pathOf(id)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    return found?.isFile() ? { size: found.size } : null;
  }

  async delete(id: BlobId): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
  }

  #pathOf(id: BlobId): string {
    if (!name.test(id)) throw new TypeError('A blob is named by 64 hex digits.');
    return join(this.#root, id.slice(0, 2), id);
  }

  async #throughTemporary(id: BlobId, write: (path: string) => Promise<void>): Promise<void> {
    const path = join(this.#root, 'incoming', `${id}.${randomUUID()}`);
    await mkdir(dirname(path), { recursive: true });
    try {
      await write(path);
      await this.#publish(id, path);
    } catch (error) {
      await rm(path, { force: true });
      throw translateDiskError(error);
    }
  }

  async #publish(id: BlobId, from: string): Promise<void> {
    const to = this.#pathOf(id);
    await mkdir(dirname(to), { recursive: true });
    const file = await open(from, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(from, to);
    await syncDirectory(dirname(to));
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
