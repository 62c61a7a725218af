import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type HashedFile, isDiskError, makeDirectory, syncDirectory, translateDiskError } from '@callable/disk';
import type { BlobId, BlobStore, ByteRange } from '../blob-store.ts';
import { checkBlobId } from '../check-blob-id.ts';
import { endOfRange } from '../end-of-range.ts';
import { isMismatch } from '../storage-error.ts';
import { checkHashed } from './check-hashed.ts';
import { hashBlobFile } from './hash-blob-file.ts';
import { sweepIncoming } from './sweep-incoming.ts';
import { writeVerified } from './write-verified.ts';

type Abortable = { signal?: AbortSignal };

/**
 * A directory of files named by their sha256, in 256 folders. Each is written beside its place, hashed, synced and
 * renamed, so a crash leaves the whole blob or none, and two processes may store the same one at once.
 */
export class LocalBlobStore implements BlobStore {
  readonly #root: string;
  #swept: Promise<void> | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  async put(id: BlobId, size: number, source: AsyncIterable<Uint8Array>, options: Abortable = {}): Promise<void> {
    if (await this.stat(id)) return;
    await this.#inIncoming(id, async (path) => {
      await writeVerified(path, { id, size }, source, options);
      await this.#publish(id, path);
    });
  }

  async putFile(
    id: BlobId,
    size: number,
    path: string,
    { hashed, ...options }: Abortable & { hashed?: HashedFile } = {},
  ): Promise<void> {
    if (!(await this.stat(id))) {
      try {
        const found = hashed && (await isSame(path, hashed)) ? hashed : await hashBlobFile(path, options.signal);
        checkHashed(found, { id, size });
        await this.#publish(id, path);
      } catch (error) {
        if (isDiskError(error, 'EXDEV')) await this.put(id, size, readRange(path, {}), options);
        // Another caller took the same file over in between: both have what they wanted.
        else if (!(isDiskError(error, 'ENOENT') && (await this.stat(id)))) throw translateDiskError(error);
      }
    }
    await rm(path, { force: true });
  }

  async read(
    id: BlobId,
    range: ByteRange = { offset: 0 },
    options: Abortable = {},
  ): Promise<AsyncIterable<Uint8Array> | null> {
    const found = await this.stat(id);
    if (!found) return null;
    const end = endOfRange(range, found.size);
    if (end <= range.offset) return nothing();
    return readRange(this.#pathOf(id), { start: range.offset, end: end - 1, ...options });
  }

  async stat(id: BlobId): Promise<{ size: number } | null> {
    // Not following links: one planted here would pass bytes off as ours that change behind our back.
    const found = await lstat(this.#pathOf(id)).catch((error: unknown) => {
      if (isDiskError(error, 'ENOENT')) return null;
      throw error;
    });
    return found?.isFile() ? { size: found.size } : null;
  }

  async delete(id: BlobId): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
  }

  async discardDamaged(id: BlobId, options: Abortable = {}): Promise<boolean> {
    const path = this.#pathOf(id);
    return this.#inIncoming(id, async (aside) => {
      try {
        await rename(path, aside);
      } catch (error) {
        if (isDiskError(error, 'ENOENT')) return false;
        throw error;
      }
      try {
        checkHashed(await hashBlobFile(aside, options.signal), { id });
      } catch (error) {
        if (isMismatch(error)) return true;
        await restore(aside, path);
        throw error;
      }
      await restore(aside, path);
      return false;
    });
  }

  #pathOf(id: BlobId): string {
    checkBlobId(id);
    return join(this.#root, id.slice(0, 2), id);
  }

  /** Runs with the name of a file that is gone afterwards, however it ends. */
  async #inIncoming<Result>(id: BlobId, work: (path: string) => Promise<Result>): Promise<Result> {
    const incoming = join(this.#root, 'incoming');
    const path = join(incoming, `${id}.${randomUUID()}`);
    try {
      await makeDirectory(incoming);
      this.#swept ??= sweepIncoming(incoming, Date.now());
      await this.#swept;
      return await work(path);
    } catch (error) {
      throw translateDiskError(error);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #publish(id: BlobId, from: string): Promise<void> {
    const to = this.#pathOf(id);
    await makeDirectory(dirname(to));
    const file = await open(from, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(from, to);
    await syncDirectory(dirname(to));
  }
}

/** Whether the file that was hashed is the one that bears this name. */
async function isSame(path: string, hashed: HashedFile): Promise<boolean> {
  const { dev, ino, size } = await lstat(path, { bigint: true });
  return dev === hashed.device && ino === hashed.inode && Number(size) === hashed.size;
}

/** Opened when it is read, so that whoever asks and does not read leaves nothing open. */
async function* readRange(path: string, range: { start?: number; end?: number; signal?: AbortSignal }) {
  const flags = (constants.O_RDONLY | constants.O_NOFOLLOW) as unknown as string;
  yield* createReadStream(path, { flags, highWaterMark: 1 << 20, ...range }) as AsyncIterable<Uint8Array>;
}

/** Back to its place, unless another has been stored there meanwhile. */
async function restore(aside: string, path: string): Promise<void> {
  await link(aside, path).catch((error: unknown) => {
    if (!isDiskError(error, 'EEXIST')) throw error;
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
