import type { Digest, Manifest } from '@callable/protocol';

/** A release whose every file is on this node's disk. */
export type CachedRelease = {
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** The release's own directory: it holds its files under their own paths, and nothing else. */
  readonly directory: string;
};

/** Bytes of a release, each distinct file once. */
export function bytesOfRelease(manifest: Manifest): number {
  const sizes = new Map(manifest.files.map((file) => [file.sha256, file.size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
