import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CallableError, chunkBytes, type ManifestFile } from '@callable/protocol';
import { errorOfDisk } from '../disk/error-of-disk.ts';
import { syncDirectory } from '../disk/sync-directory.ts';

/** A file on its way to this node: what stands in it has been verified, chunk by chunk. */
export type PartialFile = AsyncDisposable & {
  /** How many bytes from the start are here and verified. */
  readonly size: number;
  /** Takes the next bytes; only whole chunks with the right hash reach the disk. Throws HashMismatch or DiskFull. */
  write(piece: Uint8Array): Promise<void>;
  /** Drops what was received of an unfinished chunk, so that the next write continues at `size`. */
  rewind(): void;
  /** Forgets everything, for when what a resumed stream sends does not continue what is here. */
  restart(): Promise<void>;
  /** Makes the whole file visible under its own name. Throws HashMismatch when it is not the file it should be. */
  publish(target: string): Promise<void>;
};

/**
 * Opens what an earlier attempt left, keeping only chunks that are still right: after a kill -9 or a power cut the
 * last ones may be torn.
 */
export async function openPartialFile(path: string, file: ManifestFile, signal?: AbortSignal): Promise<PartialFile> {
  // NOFOLLOW: a link planted here would have us write somewhere else.
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600).catch((cause: unknown) => {
    throw errorOfDisk(cause, path);
  });
  try {
    if (!(await handle.stat()).isFile()) throw new Error(`${path} is not a regular file: remove it.`);
    return await createPartialFile(path, file, handle, signal);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function createPartialFile(
  path: string,
  file: ManifestFile,
  handle: FileHandle,
  signal: AbortSignal | undefined,
): Promise<PartialFile> {
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, file.size));
  let { hash, size } = await keepVerifiedChunks(file, handle, buffer, signal);
  let filled = 0;

  const keepChunk = async () => {
    const chunk = buffer.subarray(0, filled);
    if (sha256(chunk) !== file.chunks[size / chunkBytes]) throw mismatch(file, `its bytes from ${size} on`);
    await writeFully(handle, chunk, size).catch((cause: unknown) => {
      throw errorOfDisk(cause, path);
    });
    hash.update(chunk);
    size += filled;
    filled = 0;
  };

  return {
    get size() {
      return size;
    },
    async write(piece) {
      // Whatever follows the last byte of the file is left unread.
      for (let taken = 0; taken < piece.length && size < file.size; ) {
        const expected = Math.min(chunkBytes, file.size - size);
        const part = piece.subarray(taken, taken + expected - filled);
        buffer.set(part, filled);
        filled += part.length;
        taken += part.length;
        if (filled === expected) await keepChunk();
      }
    },
    rewind() {
      filled = 0;
    },
    async restart() {
      filled = 0;
      size = 0;
      hash = createHash('sha256');
      await handle.truncate(0);
    },
    async publish(target) {
      if (size !== file.size || hash.copy().digest('hex') !== file.sha256) throw mismatch(file, 'its whole content');
      await handle.chmod(0o400);
      await handle.sync().catch((cause: unknown) => {
        throw errorOfDisk(cause, path);
      });
      await rename(path, target);
      await syncDirectory(dirname(target));
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
      if (size === 0 && file.size > 0) await rm(path, { force: true });
    },
  };
}

async function keepVerifiedChunks(file: ManifestFile, handle: FileHandle, buffer: Buffer, signal?: AbortSignal) {
  const hash = createHash('sha256');
  let size = 0;
  for (const expected of file.chunks) {
    signal?.throwIfAborted();
    const length = Math.min(chunkBytes, file.size - size);
    const { bytesRead } = await handle.read(buffer, 0, length, size);
    const chunk = buffer.subarray(0, length);
    if (bytesRead !== length || sha256(chunk) !== expected) break;
    hash.update(chunk);
    size += length;
  }
  await handle.truncate(size);
  return { hash, size };
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  // A write may take less than it was given, most of all on a disk that is about to be full.
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const mismatch = (file: ManifestFile, what: string) =>
  new CallableError('HashMismatch', `The hub sent ${what} of ${file.path} other than the manifest says.`);
