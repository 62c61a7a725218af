import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { blobMismatch } from '../storage-error.ts';

/** What somebody has found in a file, and which file that was: a name can be given to another one at any time. */
export type HashedFile = { sha256: string; size: number; device: bigint; inode: bigint };

/** The built file also when this one runs from its source: a worker has no loader for TypeScript. */
const entry = fileURLToPath(new URL('./hash.worker.js', import.meta.url)).replace(
  /([\\/])src([\\/]local[\\/])/,
  '$1dist$2',
);

/**
 * The sha256 of a file that is still being written, computed in a thread of its own behind the writers while the
 * pages are in memory. Whoever opens one disposes it.
 */
export class FollowingHash implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #worker: Worker;
  readonly #result: Promise<{ sha256: string; size: number }>;

  private constructor(file: FileHandle) {
    this.#file = file;
    this.#worker = new Worker(entry, { workerData: { descriptor: file.fd } });
    this.#worker.unref();
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', (cause) => reject(new Error('Hashing a file failed.', { cause })));
      this.#worker.once('exit', () => reject(new Error('The thread that hashed a file ended.')));
    });
    // Nobody may be waiting for it yet, or ever.
    this.#result.catch(() => undefined);
  }

  /** Throws UploadMismatch when there is a link or something else that is no file, ENOENT when there is nothing. */
  static async open(path: string): Promise<FollowingHash> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ELOOP' ? blobMismatch('A link stands where the file should be.') : error;
    });
    try {
      if (!(await file.stat()).isFile()) throw blobMismatch('What stands where the file should be is no file.');
      return new FollowingHash(file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes before `to` are in the file and stay as they are. */
  advance(to: number): void {
    this.#worker.postMessage({ to, last: false });
  }

  /** Hashes the rest, up to `size` bytes; called once, when all of them are in the file. */
  async finish(size: number): Promise<HashedFile> {
    this.#worker.postMessage({ to: size, last: true });
    const { sha256, size: read } = await this.#result;
    const { dev, ino, size: length } = await this.#file.stat({ bigint: true });
    // Longer than it should be, it is not the file that was hashed.
    return { sha256, size: Number(length) === read ? read : Number(length), device: dev, inode: ino };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The thread first: the number of a closed file is soon that of another.
    await this.#worker.terminate();
    await this.#file.close();
  }
}
