import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { chunkBytes, type ManifestFile } from '@callable/protocol';

/** A file of the release: its path there, and where its bytes lie on this machine. */
export type SourceFile = { path: string; source: string };
export type HashedFile = { entry: ManifestFile; source: string };

/** Size, sha256 and the sha256 of each 4 MiB piece of a file, in one pass over a stream of its bytes. */
export async function hashFile({ path, source }: SourceFile, signal: AbortSignal): Promise<HashedFile> {
  const whole = createHash('sha256');
  const chunks: string[] = [];
  let size = 0;
  const handle = await open(source, 'r');
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      signal.throwIfAborted();
      const piece = await readFully(handle, buffer, size);
      if (piece.length === 0) break;
      whole.update(piece);
      chunks.push(createHash('sha256').update(piece).digest('hex'));
      size += piece.length;
      if (piece.length < chunkBytes) break;
    }
  } finally {
    await handle.close();
  }
  return { entry: { path, size, sha256: whole.digest('hex'), chunks }, source };
}

type Reader = {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
};

/** As many bytes as the buffer holds, fewer only at the end of the file: one read may return less. */
export async function readFully(handle: Reader, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
