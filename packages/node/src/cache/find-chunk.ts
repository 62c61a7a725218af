import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { chunkBytes, type Digest, type Manifest, type ManifestFile } from '@callable/protocol';
import { type CachePaths, fileOf } from './cache-paths.ts';
import type { CachedRelease } from './cached-release.ts';
import type { HeldChunk } from './held-chunk.ts';
import { chunkLengthOf, type PartialFile } from './partial-file.ts';

type Holdings = {
  paths: CachePaths;
  releases: ReadonlyMap<Digest, CachedRelease>;
  /** Releases on their way. Their files that are whole are for others before the last one is. */
  fetching: ReadonlyMap<Digest, Manifest>;
  partials: ReadonlyMap<string, PartialFile>;
  /** Files whose every byte this process has hashed. */
  verified: ReadonlySet<string>;
};

/**
 * One chunk of what this node holds, as other nodes may have it. The file is open before this returns: a release that
 * is removed, or a partial file that gets its own name, in the midst of it takes nothing from whoever reads.
 */
export async function findChunk(holdings: Holdings, sha256: string, index: number): Promise<HeldChunk | null> {
  const partial = holdings.partials.get(sha256);
  const file = partial?.file ?? findFile(holdings, sha256);
  if (!file || index >= file.chunks.length || (partial && !partial.have.has(index))) return null;
  const handle = (partial && (await openFile(partial.path))) ?? (await openFile(fileOf(holdings.paths, sha256)));
  if (!handle) return null;
  try {
    const start = index * chunkBytes;
    const length = chunkLengthOf(file, index);
    const isTrusted = partial !== undefined || holdings.verified.has(sha256);
    // What lay on the disk while this process was not looking: to pass it on wrong would count against this node.
    if (!isTrusted && (await hashOf(handle, start, length)) !== file.chunks[index]) {
      await handle.close();
      return null;
    }
    const open = () => handle.createReadStream({ start, end: start + length - 1, highWaterMark: 256 * 1024 });
    return { length, open };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function findFile({ releases, fetching }: Holdings, sha256: string): ManifestFile | null {
  for (const { files } of [...[...releases.values()].map(({ manifest }) => manifest), ...fetching.values()]) {
    const file = files.find((each) => each.sha256 === sha256);
    if (file) return file;
  }
  return null;
}

async function openFile(path: string): Promise<FileHandle | null> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
}

async function hashOf(handle: FileHandle, start: number, length: number): Promise<string> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await handle.read(bytes, 0, length, start);
  return createHash('sha256').update(bytes.subarray(0, bytesRead)).digest('hex');
}
