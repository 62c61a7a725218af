import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readSmallFile } from '@callable/disk';
import { CallableError } from '@callable/protocol';
import type { KeyName } from '../keys/key-places.ts';
import { damaged } from './damaged.ts';

/** What a backup says of itself; written last, so that a directory without it is none. */
export type BackupManifest = {
  version: 1;
  software: string;
  /** The moment of the snapshot, milliseconds since 1970. */
  createdAt: number;
  /** `network` is the directory of `callable up`, `hub` that of a hub alone. */
  layout: 'network' | 'hub';
  hub: string;
  statements: number;
  releases: number;
  keys: { kept: 'encrypted' | 'left out'; addresses: Partial<Record<KeyName, string>> };
  database: {
    postgres: string;
    migrations: readonly string[];
    sequences: Readonly<Record<string, number | null>>;
    tables: readonly { name: string; columns: readonly string[]; rows: number }[];
  };
  /** `elsewhere` are on Walrus; `missing` were not in the directory, or damaged there: `named` are the first of them. */
  files: { count: number; bytes: number; elsewhere: number; missing: number; named: readonly string[] };
  /** Every part with its size and hash stands in parts.jsonl, whose hash is this one. */
  parts: { count: number; bytes: number; sha256: string };
};

export const manifestName = 'manifest.json';
const mostBytes = 4 * 2 ** 20;

/** Ends with the hash of what stands before it: also a backup whose manifest was changed is seen to be. */
export function formatManifest(manifest: BackupManifest): string {
  const sha256 = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  return `${JSON.stringify({ ...manifest, sha256 }, null, 1)}\n`;
}

/** The manifest of a backup. Throws BackupDamaged, or BackupNewer for one of another version. */
export async function readManifest(directory: string): Promise<BackupManifest> {
  const text = await readSmallFile(join(directory, manifestName), mostBytes);
  if (text === null)
    throw new CallableError('BackupDamaged', `${directory} holds no finished backup: there is no ${manifestName}.`);
  const { sha256: _, ...manifest } = parse(text) as BackupManifest & { sha256: string };
  if (formatManifest(manifest) !== text) throw damaged(`${manifestName} is not what was written`);
  // Only now: a damaged number is not a newer version.
  if (manifest.version !== 1)
    throw new CallableError('BackupNewer', `The backup is of version ${String(manifest.version)}, this reads 1.`);
  return manifest;
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw damaged(`${manifestName} cannot be read`);
}
