import type { Digest, Manifest } from '@callable/protocol';
import type { ReleaseOnDisk } from '@callable/runtime';

/** A release whose every file is on this node's disk. */
export type CachedRelease = ReleaseOnDisk & { readonly digest: Digest };

/** Bytes of a release, each distinct file once. */
export function bytesOfRelease(manifest: Manifest): number {
  const sizes = new Map(manifest.files.map((file) => [file.sha256, file.size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
