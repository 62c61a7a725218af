import { join } from 'node:path';
import { readSmallFile } from '@callable/disk';
import { keptLogOf } from './follow-log.ts';
import { findKeptFile } from './kept-log.ts';

const logRoute = /^\/log\/([a-z0-9./]{1,80})$/;
const manifestRoute = /^\/v1\/manifests\/([0-9a-f]{64})$/;
const largestManifest = 2 ** 20;

/** What a hub put back from a copy may have again from this node: entries of its log, and manifests of releases held here. */
export async function findSharedFile(dataDir: string, path: string): Promise<Uint8Array | null> {
  const [, file] = logRoute.exec(path) ?? [];
  if (file !== undefined) return findKeptFile(keptLogOf(dataDir), file);
  const [, digest] = manifestRoute.exec(path) ?? [];
  if (digest === undefined) return null;
  const text = await readSmallFile(join(dataDir, 'manifests', `${digest}.json`), largestManifest);
  return text === null ? null : Buffer.from(text);
}
