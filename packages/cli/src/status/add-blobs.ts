import type { ReleaseView } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';
import type { Rows } from '../terminal/open-rows.ts';

const mostShown = 8;

/** The Walrus blob IDs of its files. */
export function addBlobs(rows: Rows, blobs: NonNullable<ReleaseView['blobs']>): void {
  for (const { path, blobId, parts } of blobs.slice(0, mostShown)) {
    const id = blobId ?? (parts ? `${parts.length} blobs, the first ${parts[0]?.blobId}` : 'none');
    rows.add('Walrus blob', `${cleanText(id, 80)} ${cleanText(path, 200)}`, 'dim');
  }
  if (blobs.length > mostShown) rows.below(`and ${blobs.length - mostShown} more files: --json shows them`, 'dim');
}
