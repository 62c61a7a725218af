import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type HashedFile, identifyHashed } from './hashed-file.ts';
import { startHashThread } from './start-hash-thread.ts';
import { threadBytes } from './thread-bytes.ts';

/** Read at once, and hashed between two looks at other work. */
const pieceBytes = 256 * 1024;

/**
 * Hashes the first `size` bytes of an open file, a large one in a thread. A file of another size says so by its `size`.
 * Throws when the signal aborts.
 */
export async function hashHandle(handle: FileHandle, size: number, signal?: AbortSignal): Promise<HashedFile> {
  if (size >= threadBytes) {
    await using thread = startHashThread(handle);
    return await identifyHashed(handle, await thread.finish(size, signal));
  }
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size));
  let at = 0;
  while (at < size) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - at), at);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return identifyHashed(handle, { sha256: hash.digest('hex'), size: at });
}
