import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError } from '@callable/disk';
import { filePart } from './part.ts';
import type { PartWriter } from './part-writer.ts';
import { readBytes } from './read-bytes.ts';

export type NamedFile = { sha256: string; isElsewhere: boolean };
export type CopiedFiles = { count: number; bytes: number; elsewhere: number; missing: number; named: string[] };

const mostNamed = 100;

/** How many bytes of these files are in the directory. */
export async function measureFiles(blobs: string, files: AsyncIterable<NamedFile>): Promise<number> {
  let bytes = 0;
  for await (const { sha256 } of files) bytes += (await sizeOf(blobs, sha256)) ?? 0;
  return bytes;
}

/**
 * Copies what the database names. A file that is gone or damaged is counted, not copied: it may have ended since the
 * snapshot, and what is left of a hub is worth a backup most when something of it is broken.
 */
export async function copyFiles(
  blobs: string,
  files: AsyncIterable<NamedFile>,
  parts: PartWriter,
  onCopied: (bytes: number) => void,
): Promise<CopiedFiles> {
  const copied: CopiedFiles = { count: 0, bytes: 0, elsewhere: 0, missing: 0, named: [] };
  for await (const { sha256, isElsewhere } of files) {
    const isHere = (await sizeOf(blobs, sha256)) !== null;
    const part = isHere ? await copyFile(blobs, sha256, parts, onCopied) : null;
    if (part) {
      copied.count += 1;
      copied.bytes += part.size;
    } else if (isElsewhere) copied.elsewhere += 1;
    else {
      copied.missing += 1;
      if (copied.named.length < mostNamed) copied.named.push(sha256);
    }
  }
  return copied;
}

async function copyFile(blobs: string, sha256: string, parts: PartWriter, onCopied: (bytes: number) => void) {
  try {
    return await parts.write(filePart(sha256), tell(readBytes(pathOf(blobs, sha256)), onCopied), sha256);
  } catch (error) {
    // Gone between the look and the copy; the part's own path cannot be missing.
    if (isDiskError(error, 'ENOENT') && (await sizeOf(blobs, sha256)) === null) return null;
    throw error;
  }
}

const pathOf = (blobs: string, sha256: string) => join(blobs, sha256.slice(0, 2), sha256);

/** Null for what is no file: a link planted there is not followed. */
async function sizeOf(blobs: string, sha256: string): Promise<number | null> {
  const found = await lstat(pathOf(blobs, sha256)).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  return found?.isFile() ? found.size : null;
}

export async function* tell(
  source: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    yield piece;
    onBytes(piece.length);
  }
}
