import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDiskError, replaceFile } from '@callable/disk';
import {
  bundlePath,
  type Checkpoint,
  decodeBundle,
  encodeBundle,
  parseCheckpoint,
  tileWidth,
} from '@callable/protocol';

/** At most so many bundles of 256 entries, and so many bytes of them: the oldest go first. */
export const keptLimits = { bundles: 64, bytes: 64 * 2 ** 20 };

const keptPath =
  /^(checkpoint|tile\/entries\/(x[0-9]{3}\/){0,5}[0-9]{3}(\.p\/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$/;

/** What is kept here of a hub's log, by the paths the log has; a narrower partial bundle is cut from a wider one. */
export async function findKeptFile(directory: string, path: string): Promise<Uint8Array | null> {
  if (!keptPath.test(path)) return null;
  const bytes = await readOrNull(join(directory, path));
  const [, full, digits] = /^(.*)\.p\/([0-9]+)$/.exec(path) ?? [];
  if (bytes || full === undefined) return bytes;
  const width = Number(digits);
  const [widest = 0] = (await listWidths(join(directory, `${full}.p`))).sort((a, b) => b - a);
  const wider = await readOrNull(join(directory, widest > width ? `${full}.p/${widest}` : full));
  const entries = wider && decodeBundle(wider);
  return entries && entries.length >= width ? encodeBundle(entries.slice(0, width)) : null;
}

/** The checkpoint up to which entries are kept; null before the first. */
export async function readKept(directory: string): Promise<Checkpoint | null> {
  const bytes = await readOrNull(join(directory, 'checkpoint'));
  return bytes && parseCheckpoint(new TextDecoder().decode(bytes));
}

/** Not synced: what a power cut takes is fetched again, or others have it. */
export async function keepFile(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true, mode: 0o700 });
  await replaceFile(join(directory, path), bytes, { mode: 0o600, sync: false });
}

/** A log under another name took this one's place: that one is kept beside, until the next. */
export async function setAside(directory: string): Promise<void> {
  await rm(`${directory}-before`, { recursive: true, force: true });
  await rename(directory, `${directory}-before`);
}

/** Drops what the limits do not allow under a head of this size, and partial bundles that wider ones replaced. */
export async function pruneKept(directory: string, size: number, limits = keptLimits): Promise<void> {
  const last = Math.ceil(size / tileWidth) - 1;
  let bytes = 0;
  for (let index = last; index >= 0; index--) {
    const full = join(directory, bundlePath({ index, width: tileWidth }));
    const width = Math.min(tileWidth, size - index * tileWidth);
    const path = width < tileWidth ? `${full}.p/${width}` : full;
    const found = await stat(path).catch(() => null);
    // What is older was dropped before.
    if (!found && index < last) return;
    bytes += found?.size ?? 0;
    const isOver = last - index >= limits.bundles || bytes > limits.bytes;
    if (isOver || width === tileWidth) await rm(`${full}.p`, { recursive: true, force: true });
    else
      for (const one of await listWidths(`${full}.p`)) if (one !== width) await rm(`${full}.p/${one}`, { force: true });
    if (isOver) await rm(full, { force: true });
  }
}

const listWidths = (directory: string): Promise<number[]> =>
  readdir(directory).then(
    (names) => names.filter((name) => /^[0-9]+$/.test(name)).map(Number),
    () => [],
  );

async function readOrNull(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT') || isDiskError(error, 'ENOTDIR')) return null;
    throw error;
  });
}
