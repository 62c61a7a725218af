import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSmallFile } from '@callable/disk';
import { type Digest, hexOfDigest, manifestLimits, parseDigest, parseManifest } from '@callable/protocol';
import { type CachePaths, fileOf, modelDirectoryOf } from './cache-paths.ts';
import type { CachedRelease } from './cached-release.ts';
import { isRegularFile } from './is-regular-file.ts';
import { placeRelease } from './place-release.ts';

/**
 * What this node still holds from before: releases whose manifest has the digest it is filed under and whose files
 * are all there. Anything else under the models and manifests is removed, so that no half release is ever announced.
 */
export async function scanCache(paths: CachePaths): Promise<CachedRelease[]> {
  const releases: CachedRelease[] = [];
  for (const name of await readdir(paths.manifests)) {
    const release = await reopenRelease(paths, name);
    if (release) releases.push(release);
    else await rm(join(paths.manifests, name), { recursive: true, force: true });
  }
  const known = new Set(releases.map((release) => hexOfDigest(release.digest)));
  for (const name of await readdir(paths.models)) {
    if (!known.has(name)) await rm(join(paths.models, name), { recursive: true, force: true });
  }
  return releases;
}

async function reopenRelease(paths: CachePaths, name: string): Promise<CachedRelease | null> {
  const digest = parseDigest(`sha256:${name.replace(/\.json$/, '')}`);
  if (!digest || !name.endsWith('.json')) return null;
  const text = await readSmallFile(join(paths.manifests, name), manifestLimits.bytes);
  const manifest = text === null ? null : parseStored(text, digest);
  if (!manifest) return null;
  for (const file of manifest.files) {
    if (!(await isRegularFile(fileOf(paths, file.sha256), file.size))) return null;
  }
  const directory = modelDirectoryOf(paths, digest);
  await placeRelease(manifest, directory, (sha256) => fileOf(paths, sha256));
  return { digest, manifest, directory };
}

function parseStored(text: string, digest: Digest) {
  try {
    const verdict = parseManifest(JSON.parse(text));
    return verdict.ok && verdict.digest === digest ? verdict.manifest : null;
  } catch {
    return null;
  }
}
