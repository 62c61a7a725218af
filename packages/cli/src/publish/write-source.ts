import { open } from 'node:fs/promises';
import type { ByteSource } from '@callable/formats';

const pieceBytes = 4 * 1024 * 1024;

/** Writes a source into a new file piece by piece: a rewritten model of many GB is never held. */
export async function writeSource(source: ByteSource, path: string, signal: AbortSignal): Promise<void> {
  await using file = await open(path, 'wx');
  for (let at = 0; at < source.size; at += pieceBytes) {
    signal.throwIfAborted();
    await file.writeFile(await source.read(at, Math.min(pieceBytes, source.size - at)));
  }
}
