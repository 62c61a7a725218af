import { access, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { replaceFile } from '@callable/disk';
import {
  bundlePath,
  type Checkpoint,
  collectLookups,
  decodeBundle,
  decodeEntry,
  emptyLookups,
  type ReadLogFile,
  tilePath,
  tileWidth,
  unknownRulesIn,
} from '@callable/protocol';
import type { CliContext } from '../context/cli-context.ts';
import { CliError } from '../errors/cli-error.ts';

export type CopiedLog = {
  fetched: number;
  kept: number;
  /** The first entry among those fetched that names rules this software does not know. */
  unknownRules: { index: number; rules: string } | null;
};

/**
 * Copies every tile, bundle and batch of receipts under a checkpoint, and the checkpoint last: a copy that was cut short
 * still has the old one, which fits what is there.
 */
export async function copyLog(
  context: Pick<CliContext, 'cwd' | 'signal'>,
  read: ReadLogFile,
  { checkpoint, text }: { checkpoint: Checkpoint; text: Uint8Array },
  target: string,
): Promise<CopiedLog> {
  const directory = resolve(context.cwd, target);
  const copied: CopiedLog = { fetched: 0, kept: 0, unknownRules: null };
  const bring = async (path: string): Promise<Uint8Array | null> => {
    context.signal.throwIfAborted();
    if (await isThere(join(directory, path))) {
      copied.kept += 1;
      return null;
    }
    const bytes = await read(path);
    if (!bytes) throw new CliError('LogMissing', `The log has no ${path}.`, 'Copy it again: the log may have grown.');
    await writeWhole(join(directory, path), bytes);
    copied.fetched += 1;
    return bytes;
  };
  for (const path of tilesOf(checkpoint.size)) await bring(path);
  for (const { path, first } of bundlesOf(checkpoint.size)) {
    const bytes = await bring(path);
    const { batches, unknownRules } = scanBundle(bytes, first);
    copied.unknownRules ??= unknownRules;
    for (const index of batches) await bring(`receipts/${index}`);
  }
  await writeWhole(join(directory, 'checkpoint'), text);
  return copied;
}

function* tilesOf(size: number): Generator<string> {
  for (let level = 0, row = size; row > 0; level++, row = Math.floor(row / tileWidth))
    for (let index = 0; index * tileWidth < row; index++)
      yield tilePath({ level, index, width: Math.min(tileWidth, row - index * tileWidth) });
}

function* bundlesOf(size: number): Generator<{ path: string; first: number }> {
  for (let index = 0; index * tileWidth < size; index++)
    yield {
      path: bundlePath({ index, width: Math.min(tileWidth, size - index * tileWidth) }),
      first: index * tileWidth,
    };
}

/** The entries of a bundle that name a batch of receipts, and the first that names rules this software does not know. */
function scanBundle(
  bundle: Uint8Array | null,
  first: number,
): { batches: number[]; unknownRules: CopiedLog['unknownRules'] } {
  const lookups = emptyLookups();
  let unknownRules: CopiedLog['unknownRules'] = null;
  for (const [i, bytes] of ((bundle && decodeBundle(bundle)) ?? []).entries()) {
    const entry = decodeEntry(bytes);
    if (!entry) continue;
    collectLookups(lookups, entry, first + i);
    const rules = unknownRulesIn(entry.statement);
    if (rules !== null) unknownRules ??= { index: first + i, rules };
  }
  return { batches: [...lookups.batches.keys()], unknownRules };
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Not synced: after a power cut it is copied again, and a log has thousands of tiles. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, bytes, { mode: 0o644, sync: false });
}
