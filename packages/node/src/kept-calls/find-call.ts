import { type FileHandle, open } from 'node:fs/promises';
import type { KeptCall } from './kept-call.ts';
import { callLength, decodeCall, prefixBytes } from './kept-call-format.ts';
import type { Segment } from './segment.ts';

/** The call of a receipt in a segment; null when it is not there, or what stands at its place is something else. */
export async function findCall({ path, places }: Segment, receipt: string): Promise<KeptCall | null> {
  for (const offset of places.find(receipt)) {
    await using file = await openIfThere(path);
    if (!file) return null;
    const length = callLength(await readAt(file, offset, prefixBytes));
    if (!length || offset + length.whole > (await file.stat()).size) continue;
    const call = readWhole(await readAt(file, offset, length.whole));
    if (call?.receipt === receipt) return call;
  }
  return null;
}

/** Null where the segment was dropped, for its age or for room, while it was looked through. */
async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Null where a disk gave back other bytes than it took. */
function readWhole(bytes: Buffer): KeptCall | null {
  try {
    return decodeCall(bytes);
  } catch {
    return null;
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}
