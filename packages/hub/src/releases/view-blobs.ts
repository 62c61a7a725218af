import type { Manifest, ReleaseView } from '@callable/protocol';
import type { Surroundings } from './find-surroundings.ts';

/** The Walrus blob IDs of a release's files, as far as they have been computed. */
export function viewBlobs(manifest: Manifest, rows: Surroundings['parts']): NonNullable<ReleaseView['blobs']> {
  return manifest.files.flatMap(({ path, sha256, size }) => {
    const parts = rows.filter((row) => row.sha256 === sha256).map((row) => ({ blobId: row.blob_id, size: row.size }));
    const isComplete = parts.length > 0 && parts.reduce((sum, part) => sum + part.size, 0) === size;
    if (!isComplete) return [];
    const [only] = parts;
    return [{ path, sha256, ...(only && parts.length === 1 ? { blobId: only.blobId } : { parts }) }];
  });
}
