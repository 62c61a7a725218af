import { join } from 'node:path';
import { openDirectory } from '@callable/disk';
import { type Digest, hexOfDigest } from '@callable/protocol';

/** Where the cache keeps what, below the data directory. */
export type CachePaths = { files: string; models: string; manifests: string };

export async function openCachePaths(dataDir: string): Promise<CachePaths> {
  return {
    files: await openDirectory(join(dataDir, 'files')),
    models: await openDirectory(join(dataDir, 'models')),
    manifests: await openDirectory(join(dataDir, 'manifests')),
  };
}

export const fileOf = (paths: CachePaths, sha256: string) => join(paths.files, sha256);
// Colons are not allowed in names on every file system: a release is named by its bare digits.
export const modelDirectoryOf = (paths: CachePaths, digest: Digest) => join(paths.models, hexOfDigest(digest));
export const manifestFileOf = (paths: CachePaths, digest: Digest) =>
  join(paths.manifests, `${hexOfDigest(digest)}.json`);
