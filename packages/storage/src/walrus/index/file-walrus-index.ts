import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskError, syncDirectory } from '@callable/disk';
import type { BlobId } from '../../blob-store.ts';
import type { WalrusEntry, WalrusIndex } from './walrus-index.ts';

type Line = { id: BlobId; entry: WalrusEntry | null };

/**
 * An index in one file of JSON lines, the last line about a name being the valid one. For one process; a hub keeps its
 * index in the database. Dispose it to close the file.
 */
export class FileWalrusIndex implements WalrusIndex, AsyncDisposable {
  readonly #entries: Map<BlobId, WalrusEntry>;
  readonly #file: FileHandle;
  /** Lines are written one after another: two at once would mix. */
  #written: Promise<void> = Promise.resolve();

  private constructor(entries: Map<BlobId, WalrusEntry>, file: FileHandle) {
    this.#entries = entries;
    this.#file = file;
  }

  /** Reads the file, or begins one in a directory that is there. Throws when a line other than the last is damaged. */
  static async open(path: string): Promise<FileWalrusIndex> {
    const entries = await readEntries(path);
    // Written anew without what was replaced, and without a last line that a crash cut short.
    const draft = `${path}.draft`;
    const file = await open(draft, 'w', 0o600);
    try {
      for (const [id, entry] of entries) await file.appendFile(lineOf({ id, entry }));
      await file.sync();
      await rename(draft, path);
      await syncDirectory(dirname(path));
      return new FileWalrusIndex(entries, file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async find(id: BlobId): Promise<WalrusEntry | null> {
    return this.#entries.get(id) ?? null;
  }

  async save(id: BlobId, entry: WalrusEntry): Promise<void> {
    await this.#write({ id, entry });
    this.#entries.set(id, entry);
  }

  async remove(id: BlobId): Promise<void> {
    if (!this.#entries.has(id)) return;
    await this.#write({ id, entry: null });
    this.#entries.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written.catch(() => undefined);
    await this.#file.close();
  }

  #write(line: Line): Promise<void> {
    const write = async () => {
      await this.#file.appendFile(lineOf(line));
      await this.#file.datasync();
    };
    const written = this.#written.catch(() => undefined).then(write);
    this.#written = written;
    return written;
  }
}

const lineOf = (line: Line) => `${JSON.stringify(line)}\n`;

async function readEntries(path: string): Promise<Map<BlobId, WalrusEntry>> {
  const entries = new Map<BlobId, WalrusEntry>();
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  if (!file) return entries;
  let damaged: { number: number; cause: unknown } | null = null;
  let number = 0;
  // Closes the file at its end.
  for await (const text of file.readLines()) {
    number++;
    if (damaged) throw new Error(`Line ${damaged.number} of ${path} is damaged.`, { cause: damaged.cause });
    try {
      const { id, entry } = JSON.parse(text) as Line;
      if (entry) entries.set(id, entry);
      else entries.delete(id);
    } catch (cause) {
      damaged = { number, cause };
    }
  }
  return entries;
}
