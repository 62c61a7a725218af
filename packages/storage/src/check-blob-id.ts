import type { BlobId } from './blob-store.ts';

const name = /^[0-9a-f]{64}$/;

/** Throws a TypeError for what is no name of a blob: it would lead out of the directory or bucket of the store. */
export function checkBlobId(id: BlobId): void {
  if (!name.test(id)) throw new TypeError('A blob is named by 64 hex digits.');
}
