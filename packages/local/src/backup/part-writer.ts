import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, translateDiskError } from '@callable/disk';
import { type Part, partListName } from './part.ts';

/** Writes the parts of a backup, each synced, and the list of them. */
export class PartWriter {
  count = 0;
  bytes = 0;
  readonly #directory: string;
  readonly #list: FileHandle;
  readonly #listHash: Hash = createHash('sha256');
  readonly #made = new Set<string>();
  readonly #signal: AbortSignal;

  private constructor(directory: string, list: FileHandle, signal: AbortSignal) {
    this.#directory = directory;
    this.#list = list;
    this.#signal = signal;
  }

  static async open(directory: string, signal: AbortSignal): Promise<PartWriter> {
    return new PartWriter(directory, await open(join(directory, partListName), 'wx', 0o600), signal);
  }

  /** Writes one part from a stream. With an expected hash, a stream of other bytes leaves nothing and gives null. */
  async write(path: string, source: AsyncIterable<Uint8Array>, expected?: string): Promise<Part | null> {
    const target = join(this.#directory, path);
    await this.#makeDirectory(dirname(target));
    const hash = createHash('sha256');
    let size = 0;
    try {
      await using file = await open(target, 'wx', 0o600);
      for await (const piece of source) {
        this.#signal.throwIfAborted();
        hash.update(piece);
        await file.writeFile(piece);
        size += piece.length;
      }
      await file.sync();
    } catch (error) {
      await rm(target, { force: true });
      throw translateDiskError(error);
    }
    const sha256 = hash.digest('hex');
    if (expected !== undefined && sha256 !== expected) {
      await rm(target);
      return null;
    }
    const part = { path, size, sha256 };
    const line = `${JSON.stringify(part)}\n`;
    await this.#list.writeFile(line);
    this.#listHash.update(line);
    this.count += 1;
    this.bytes += size;
    return part;
  }

  /** Makes the list and every name durable; returns the hash of the list. */
  async finish(): Promise<string> {
    await this.#list.sync();
    for (const directory of this.#made) await syncDirectory(directory);
    await syncDirectory(this.#directory);
    return this.#listHash.digest('hex');
  }

  close(): Promise<void> {
    return this.#list.close();
  }

  async #makeDirectory(path: string): Promise<void> {
    if (path === this.#directory || this.#made.has(path)) return;
    await mkdir(path, { recursive: true, mode: 0o700 });
    this.#made.add(path).add(dirname(path));
  }
}

/** A small part, whole. */
export async function* wholeOf(bytes: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
}
