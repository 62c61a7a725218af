import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isDiskError, readFully } from '@callable/disk';
import { CallableError, chunkBytes, type UploadView } from '@callable/protocol';
import { type Client, sendChunk } from '@callable/sdk';
import type { ChunkPatience } from './chunk-patience.ts';

export type Line = { client: Client; upload: string; patience: ChunkPatience };
type Missing = UploadView['missing'][number];

/**
 * Reads one chunk of a file and sends it. Throws FileChanged when the file is no longer what was hashed: the hub would only see
 * a chunk with wrong bytes.
 */
export async function sendFileChunk(line: Line, source: string, chunk: Missing, signal: AbortSignal): Promise<void> {
  const bytes = await readChunk(source, chunk);
  if (bytes.length < chunk.size) throw fileChanged(source);
  try {
    await line.patience.wait(signal, (within) => sendChunk(line.client, line.upload, chunk, bytes, { signal: within }));
  } catch (error) {
    const isOther = error instanceof CallableError && error.code === 'ChunkMismatch';
    if (isOther && createHash('sha256').update(bytes).digest('hex') !== chunk.sha256) throw fileChanged(source, error);
    throw error;
  }
}

async function readChunk(source: string, { size, index }: Missing): Promise<Uint8Array> {
  const handle = await open(source, 'r').catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) throw fileChanged(source, error);
    throw error;
  });
  try {
    return await readFully(handle, Buffer.allocUnsafe(size), index * chunkBytes);
  } finally {
    await handle.close();
  }
}

const fileChanged = (source: string, cause?: unknown) =>
  new CallableError('FileChanged', `${source} changed after it was read, while it was uploaded.`, { cause });
