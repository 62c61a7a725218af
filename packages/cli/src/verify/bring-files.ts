import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashChunks, readSmallFile } from '@callable/disk';
import { formatTable } from '@callable/formats';
import {
  type Digest,
  digestJson,
  hexOfDigest,
  type Manifest,
  type ManifestFile,
  manifestLimits,
  missingAbilities,
  ownAbilities,
  parseManifest,
} from '@callable/protocol';
import type { ReleaseOnDisk } from '@callable/runtime';
import { type Client, getRelease, readFile as readBlob } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';
import { checked, type Finding, failed, unchecked } from './finding.ts';

/** Where the files of a release come from: the hub, or the data directory of a node, with the hub off. */
export type FileSource = { client: Client | null; directory: string | undefined };

export type BroughtFiles = {
  findings: Finding[];
  /** Null when something is missing or not what it should be; the findings say what. */
  release: (ReleaseOnDisk & { digest: Digest }) | null;
};

/** The files of a release, every byte with the hash of a manifest that has the digest of the release. */
export async function bringFiles(
  context: Pick<CliContext, 'cwd' | 'signal'>,
  { client, directory }: FileSource,
  digest: Digest,
  target: string,
): Promise<BroughtFiles> {
  const none = (...findings: Finding[]): BroughtFiles => ({ findings, release: null });
  const kept = directory === undefined ? null : resolve(context.cwd, directory);
  if (kept === null && !client)
    return none(unchecked('files', 'A copy of a log holds none: give --files, or the hub with --hub and no --log.'));
  const manifest = await (kept === null
    ? getRelease(client as Client, digest, { signal: context.signal }).then((view) => parseOwn(view.manifest, digest))
    : readKept(join(kept, 'manifests', `${hexOfDigest(digest)}.json`), digest));
  if (!manifest)
    return none(failed('manifest', `${directory ?? 'The hub'} holds none with the digest of the release.`));
  const found = checked('manifest', `Its digest is ${digest}.`);
  const missing = missingAbilities(manifest, [...Object.keys(formatTable), ...ownAbilities]);
  if (missing.length > 0)
    return none(
      found,
      unchecked('files', `This callable does not understand ${missing.join(', ')}, so it cannot run it.`),
    );
  const place = kept === null ? target : join(kept, 'models', hexOfDigest(digest));
  for (const file of manifest.files) {
    const path = join(place, file.path);
    if (kept === null) await fetchFile(context, client as Client, file, path);
    const trouble = await judgeFile(context, file, path);
    if (trouble) return none(found, failed('bytes', trouble));
  }
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const whole = checked(
    'bytes',
    `All ${manifest.files.length} files (${bytes} bytes) have the hashes of the manifest.`,
  );
  return { findings: [found, whole], release: { digest, manifest, directory: place } };
}

function parseOwn(value: unknown, digest: Digest): Manifest | null {
  const parsed = parseManifest(value);
  return parsed.ok && digestJson(parsed.manifest) === digest ? parsed.manifest : null;
}

async function readKept(path: string, digest: Digest): Promise<Manifest | null> {
  const text = await readSmallFile(path, manifestLimits.bytes);
  try {
    return text === null ? null : parseOwn(JSON.parse(text), digest);
  } catch {
    return null;
  }
}

/** Its path was checked with the manifest. */
async function fetchFile(
  { signal }: Pick<CliContext, 'signal'>,
  client: Client,
  file: ManifestFile,
  target: string,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const stream = await readBlob(client, file.sha256, { signal });
  await pipeline(Readable.from(bounded(stream, file.size)), createWriteStream(target), { signal });
}

/** Null when a file is whole and right, else what is wrong. */
async function judgeFile(
  { signal }: Pick<CliContext, 'signal'>,
  file: ManifestFile,
  path: string,
): Promise<string | null> {
  const found = await hashChunks(path, signal).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!found) return `${file.path} is not there.`;
  const same = found.size === file.size && found.sha256 === file.sha256 && found.chunks.join() === file.chunks.join();
  return same ? null : `${file.path} does not have the hashes of the manifest.`;
}

/** A source without an end must not fill this disk. */
async function* bounded(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of stream) {
    read += piece.length;
    yield piece;
    if (read > size) return;
  }
}
