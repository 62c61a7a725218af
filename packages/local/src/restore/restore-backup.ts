import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  createDurably,
  makeDirectory,
  openDataDirectory,
  readSmallFile,
  translateDiskError,
  writeHashed,
} from '@callable/disk';
import { loadDatabase, requireEmptyDatabase, unknownMigrations } from '@callable/hub';
import { startPostgres } from '@callable/postgres';
import { CallableError } from '@callable/protocol';
import { type BackupManifest, readManifest } from '../backup/backup-manifest.ts';
import { checkParts } from '../backup/check-parts.ts';
import { tell } from '../backup/copy-files.ts';
import { damaged } from '../backup/damaged.ts';
import { type DraftDirectory, openDraftDirectory } from '../backup/draft-directory.ts';
import { type HubPlace, placesIn } from '../backup/locate-hub.ts';
import { nameFullDisk } from '../backup/name-full-disk.ts';
import { keysPart, listParts, logFilesPart, type Part, tablePart } from '../backup/part.ts';
import { countBytes, type OnProgress } from '../backup/progress.ts';
import { readBytes } from '../backup/read-bytes.ts';
import { requireRoom } from '../backup/write-backup.ts';
import { addressesOf, type KeyName, neededKeys, placeKey, readKeys, type SavedKeys } from '../keys/key-places.ts';
import { openKeys, type SealedKeys } from '../keys/seal-keys.ts';
import { unpackLogFiles } from './unpack-log-files.ts';

export type RestoreOptions = {
  backup: string;
  /** New, or empty. Null only checks the backup. */
  dataDir: string | null;
  /** An empty database to use instead of an embedded one. */
  databaseUrl: string | null;
  passphrase: string | null;
  /** Where the key files are when the backup has none; laid out like a data directory. */
  keysFrom: string | null;
  signal: AbortSignal;
  onProgress: OnProgress;
};

/**
 * Puts a backup into a new data directory, and an empty database, after every part of it was found to be what was written.
 * The directory gets its name when all is in it, and the database is filled in one transaction: whatever fails leaves
 * nothing.
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupManifest> {
  const { backup, dataDir, databaseUrl, signal, onProgress } = options;
  const manifest = await readManifest(backup);
  const unknown = unknownMigrations(manifest.database.migrations);
  if (unknown.length > 0)
    throw new CallableError('BackupNewer', `The backup has the migrations ${unknown.join(', ')}, unknown here.`);
  const keys = await findKeys(manifest, options);
  const { bytes } = manifest.parts;
  const check = () => checkParts(backup, manifest, { signal, onBytes: countBytes(onProgress, 'checking', bytes) });
  if (dataDir === null) {
    await check();
    return manifest;
  }
  await using draft = await openDraftDirectory(dataDir);
  if (databaseUrl !== null) await requireEmptyDatabase(databaseUrl);
  await requireRoom(draft.path, bytes);
  await check();
  await fill(draft, options, { manifest, keys }).catch((error: unknown) => {
    throw nameFullDisk(error, draft.path);
  });
  return manifest;
}

type Checked = { manifest: BackupManifest; keys: SavedKeys };

/** Everything but the database, then that, then the name. */
async function fill(draft: DraftDirectory, options: RestoreOptions, { manifest, keys }: Checked): Promise<void> {
  const { backup, databaseUrl, dataDir, signal, onProgress } = options;
  const place = placesIn(draft.path, manifest.layout);
  for (const directory of [place.hubDir, place.nodeDir]) if (directory !== null) await openDataDirectory(directory);
  await writeFiles(place, options, countBytes(onProgress, 'writing files', manifest.files.bytes));
  await unpackLogFiles(join(backup, logFilesPart), place.hubDir);
  await writeKeys(draft.path, keys, manifest.layout);
  const { migrations, sequences, tables } = manifest.database;
  const onBytes = countBytes(onProgress, 'loading the database', null);
  const read = (table: { name: string }) => tell(readPart(backup, tablePart(table.name), signal), onBytes);
  const saved = { migrations, sequences, tables, read };
  if (databaseUrl === null) {
    await using postgres = await startPostgres({ dataDir: place.hubDir, signal });
    await loadDatabase(postgres.connection, saved);
    await postgres.stop();
    await draft.finish();
    return;
  }
  let isNamed = false;
  const finish = async () => {
    await draft.finish();
    isNamed = true;
  };
  // Only the commit is left after the name: a directory without its database would be another hub's.
  await loadDatabase(databaseUrl, saved, finish).catch(async (error: unknown) => {
    if (isNamed && dataDir !== null) await rm(dataDir, { recursive: true, force: true });
    throw error;
  });
}

/** The keys of the hub in the backup, or beside it. Throws unless they are the ones that the backup names. */
async function findKeys(manifest: BackupManifest, options: RestoreOptions): Promise<SavedKeys> {
  const { backup, dataDir, passphrase, keysFrom } = options;
  if (manifest.keys.kept === 'encrypted') {
    if (passphrase === null && dataDir === null) return {};
    if (passphrase === null) throw new CallableError('PassphraseWrong', 'The keys in this backup are encrypted.');
    return openKeys(await readSealed(backup), passphrase);
  }
  const keys = keysFrom === null ? {} : await readKeys(keysFrom);
  const found = addressesOf(keys);
  for (const [name, address] of Object.entries(manifest.keys.addresses) as [KeyName, string][]) {
    if (found[name] && found[name] !== address)
      throw new CallableError(
        'KeysMissing',
        `The ${name} in ${keysFrom} is that of ${found[name]}, not of ${address}.`,
      );
    if (!found[name] && neededKeys.includes(name) && dataDir !== null)
      throw new CallableError(
        'KeysMissing',
        `The backup was made without keys, and the ${name} of ${address} is needed.`,
      );
  }
  return keys;
}

/** Its hash first: what was changed would look like a wrong passphrase. */
async function readSealed(backup: string): Promise<SealedKeys> {
  const text = await readSmallFile(join(backup, keysPart), 10_000);
  for await (const { path, sha256 } of listParts(backup))
    if (path === keysPart && text !== null && createHash('sha256').update(text).digest('hex') === sha256)
      return JSON.parse(text) as SealedKeys;
  throw damaged(`${keysPart} is missing or was changed`);
}

async function writeKeys(dataDir: string, keys: SavedKeys, layout: BackupManifest['layout']): Promise<void> {
  for (const [name, key] of Object.entries(keys)) {
    const place = placeKey(name, layout);
    if (place === null) continue;
    const path = join(dataDir, place);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await createDurably(path, `${key}\n`);
  }
}

/** Everything that is a file of its own: those of releases, heads of the log, receipt numbers. */
async function writeFiles(
  { hubDir, nodeDir }: HubPlace,
  { backup, signal }: RestoreOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const targetOf = ({ path, sha256 }: Part) => {
    if (path.startsWith('files/')) return join(hubDir, 'blobs', sha256.slice(0, 2), sha256);
    if (path === 'log/checkpoint') return join(hubDir, 'log', 'checkpoint');
    if (path.startsWith('log/log-')) return join(hubDir, path.slice('log/'.length));
    return path.startsWith('node/') && nodeDir !== null ? join(nodeDir, path.slice('node/'.length)) : null;
  };
  for await (const part of listParts(backup)) {
    const target = targetOf(part);
    if (target === null) continue;
    await makeDirectory(dirname(target));
    const written = await writeHashed(target, tell(readPart(backup, part.path, signal), onBytes), () =>
      signal.throwIfAborted(),
    ).catch((error: unknown) => {
      throw translateDiskError(error);
    });
    if (written.sha256 !== part.sha256) throw damaged(`${part.path} changed while it was read`);
  }
}

const readPart = (backup: string, path: string, signal: AbortSignal) => readBytes(join(backup, path), signal);
