import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorOfWriting, followFile, syncDirectory, writeFully } from '@callable/disk';
import { CallableError, ChunkSet, chunkBytes, type ManifestFile } from '@callable/protocol';

/** A file on its way to this node: what stands in it has been verified, chunk by chunk, in any order. */
export type PartialFile = AsyncDisposable & {
  /** Where it lies until it is published. */
  readonly path: string;
  readonly file: ManifestFile;
  /** The chunks that are here and verified. */
  readonly have: ChunkSet;
  /**
   * Keeps a chunk whose sha256 is `hash`. Throws HashMismatch when that is not the chunk's, and nothing of it reaches
   * the disk; DiskFull.
   */
  keep(index: number, chunk: Uint8Array, hash: string): Promise<void>;
  /** Makes the whole file visible under its own name. Throws HashMismatch when it is not the file it should be. */
  publish(target: string): Promise<void>;
};

/** Bytes of a chunk: all are alike but the last. */
export const chunkLengthOf = (file: ManifestFile, index: number) =>
  Math.min(chunkBytes, file.size - index * chunkBytes);

/**
 * Opens what an earlier attempt left. A journal beside it names the chunks that were written; each is hashed again,
 * because after a kill -9 or a power cut the journal may be ahead of the disk.
 */
export async function openPartialFile(path: string, file: ManifestFile, signal?: AbortSignal): Promise<PartialFile> {
  const handle = await openOwn(path);
  try {
    const journal = await openOwn(journalOf(path));
    try {
      return await createPartialFile(path, file, handle, journal, signal);
    } catch (error) {
      await journal.close();
      throw error;
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export const journalOf = (path: string) => `${path}.chunks`;

async function createPartialFile(
  path: string,
  file: ManifestFile,
  handle: FileHandle,
  journal: FileHandle,
  signal: AbortSignal | undefined,
): Promise<PartialFile> {
  const have = await findVerifiedChunks(file, handle, journal, signal);
  const whole = followFile(handle, file.size, have);
  whole.follow();

  return {
    path,
    file,
    have,
    async keep(index, chunk, hash) {
      if (hash !== file.chunks[index]) throw mismatch(file, `its chunk ${index}`);
      try {
        await writeFully(handle, chunk, index * chunkBytes);
        have.add(index);
        await writeFully(journal, Buffer.from(have.toHex()), 0);
      } catch (cause) {
        have.delete(index);
        throw errorOfWriting(cause, path);
      }
      whole.follow();
    },
    async publish(target) {
      if (!have.isFull) throw mismatch(file, 'its whole content');
      const { sha256, size } = await whole.finish();
      if (size < file.size) throw new Error(`${file.path} was cut off while it was fetched.`);
      if (size > file.size || sha256 !== file.sha256) throw mismatch(file, 'its whole content');
      await handle.chmod(0o400);
      await handle.sync().catch((cause: unknown) => {
        throw errorOfWriting(cause, path);
      });
      await rename(path, target);
      await syncDirectory(dirname(target));
      await rm(journalOf(path), { force: true });
    },
    async [Symbol.asyncDispose]() {
      await whole[Symbol.asyncDispose]();
      await handle.close();
      await journal.close();
      if (have.size > 0 || file.size === 0) return;
      await rm(path, { force: true });
      await rm(journalOf(path), { force: true });
    },
  };
}

/** NOFOLLOW: a link planted here would have us write somewhere else. */
async function openOwn(path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600).catch((cause: unknown) => {
    throw errorOfWriting(cause, path);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error(`${path} is not a regular file: remove it.`);
}

async function findVerifiedChunks(file: ManifestFile, handle: FileHandle, journal: FileHandle, signal?: AbortSignal) {
  const have = new ChunkSet(file.chunks.length);
  const { size } = await handle.stat();
  if (size > file.size) await handle.truncate(file.size);
  const noted = ChunkSet.parse(await readJournal(journal, file), file.chunks.length);
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, file.size));
  for (const [index, expected] of file.chunks.entries()) {
    signal?.throwIfAborted();
    // Without a journal that can be read, whatever lies there is looked at.
    if (index * chunkBytes >= size || (noted && !noted.has(index))) continue;
    const chunk = buffer.subarray(0, chunkLengthOf(file, index));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, index * chunkBytes);
    if (bytesRead === chunk.length && createHash('sha256').update(chunk).digest('hex') === expected) have.add(index);
  }
  return have;
}

async function readJournal(journal: FileHandle, file: ManifestFile): Promise<string> {
  const text = Buffer.alloc(2 * Math.ceil(file.chunks.length / 8) + 1);
  const { bytesRead } = await journal.read(text, 0, text.length, 0);
  return text.toString('latin1', 0, bytesRead);
}

const mismatch = (file: ManifestFile, what: string) =>
  new CallableError('HashMismatch', `What was sent as ${what} of ${file.path} is other than the manifest says.`);
