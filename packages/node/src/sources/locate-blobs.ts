import { chunkBytes, type Digest, type ManifestFile } from '@callable/protocol';
import { type Client, getRelease } from '@callable/sdk';

/** Where a chunk lies on Walrus: in which blob, and from where. */
export type BlobPlace = { blobId: string; start: number };

const blobIdForm = /^[A-Za-z0-9_-]{43}$/;

/**
 * Which Walrus blobs a file consists of, by the hub's word; null while it has not computed their IDs. It need not be
 * trusted: every chunk is checked, whoever sends it and whatever it was asked for.
 */
export async function locateBlobs(
  hub: Client,
  release: Digest,
  file: ManifestFile,
  signal: AbortSignal,
): Promise<((index: number) => BlobPlace) | null> {
  const { blobs = [] } = await getRelease(hub, release, { signal });
  const found = blobs.find(({ sha256 }) => sha256 === file.sha256);
  const parts = found?.parts ?? (found?.blobId === undefined ? [] : [{ blobId: found.blobId, size: file.size }]);
  const isWhole = parts.reduce((sum, part) => sum + part.size, 0) === file.size;
  const isAligned = parts.slice(0, -1).every((part) => part.size > 0 && part.size % chunkBytes === 0);
  if (!isWhole || !isAligned || !parts.every((part) => blobIdForm.test(part.blobId))) return null;
  const places = parts.flatMap(({ blobId, size }) =>
    Array.from({ length: Math.ceil(size / chunkBytes) }, (_, index) => ({ blobId, start: index * chunkBytes })),
  );
  return (index) => places[index] as BlobPlace;
}
