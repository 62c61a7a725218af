import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError, writeDurably } from '@callable/disk';
import { openSnapshot, type Snapshot } from '@callable/hub';
import { CallableError } from '@callable/protocol';
import { addressesOf, neededKeys, readKeys } from '../keys/key-places.ts';
import { sealKeys } from '../keys/seal-keys.ts';
import { type BackupManifest, formatManifest, manifestName, readManifest } from './backup-manifest.ts';
import { checkParts } from './check-parts.ts';
import { copyFiles, measureFiles, type NamedFile, tell } from './copy-files.ts';
import { openDraftDirectory } from './draft-directory.ts';
import { type HubPlace, locateHub } from './locate-hub.ts';
import { nameFullDisk } from './name-full-disk.ts';
import { openHubDatabase } from './open-hub-database.ts';
import { packLogFiles } from './pack-log-files.ts';
import { fileListPart, keysPart, logFilesPart, tablePart } from './part.ts';
import { PartWriter, wholeOf } from './part-writer.ts';
import { countBytes, type OnProgress } from './progress.ts';
import { readLines } from './read-bytes.ts';
import { software } from './software.ts';

export type BackupOptions = {
  /** Of `callable up`, or of a hub alone. */
  dataDir: string;
  /** A directory that is not there, in one that is. */
  target: string;
  databaseUrl: string | null;
  /** Where the log is written when not in the data directory. */
  logDirectory?: string | null;
  /** Null leaves the keys out. */
  passphrase: string | null;
  signal: AbortSignal;
  clock: () => number;
  onProgress: OnProgress;
};

/**
 * Writes a backup of one moment of a hub that runs or not, and reads it back. Everything that the database names at that
 * moment is in it: heads of the log are taken before the snapshot, files after it, of which none that a release names is
 * ever dropped. Until it is whole it has another name; however this ends, it is there whole or not at all.
 */
export async function writeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { dataDir, target, passphrase, signal, onProgress } = options;
  const place = await locateHub(dataDir);
  const keys = await readKeys(dataDir);
  for (const name of neededKeys)
    if (!keys[name]) throw new CallableError('HubDataMissing', `${dataDir} holds no ${name}.`);
  const addresses = addressesOf(keys);
  const hub = addresses['hub-key'] ?? '';
  await using draft = await openDraftDirectory(target);
  const parts = await PartWriter.open(draft.path, signal);
  try {
    if (passphrase !== null) await parts.write(keysPart, wholeOf(JSON.stringify(await sealKeys(keys, passphrase))));
    await copyHeads(place, options, parts);
    const createdAt = options.clock();
    const { database, statements, releases } = await copyDatabase(place, options, parts, hub);
    const blobs = join(place.hubDir, 'blobs');
    const list = join(draft.path, fileListPart);
    const total = await measureFiles(blobs, readFileList(list));
    await requireRoom(draft.path, total);
    const files = await copyFiles(blobs, readFileList(list), parts, countBytes(onProgress, 'files', total));
    await copyReceiptNumbers(place, parts);
    const { count, bytes } = parts;
    const manifest: BackupManifest = {
      ...{ version: 1, software, createdAt, layout: place.layout, hub, statements, releases },
      keys: { kept: passphrase === null ? 'left out' : 'encrypted', addresses },
      ...{ database, files, parts: { count, bytes, sha256: await parts.finish() } },
    };
    await checkParts(draft.path, manifest, { signal, onBytes: countBytes(onProgress, 'reading back', bytes) });
    await writeDurably(join(draft.path, manifestName), formatManifest(manifest));
    await readManifest(draft.path);
    await draft.finish();
    return manifest;
  } catch (error) {
    throw nameFullDisk(error, draft.path);
  } finally {
    await parts.close();
  }
}

/** Before the snapshot: statements are in the database before a head over them is signed. */
async function copyHeads({ hubDir }: HubPlace, { logDirectory }: BackupOptions, parts: PartWriter): Promise<void> {
  const paths = ['log-successors', 'log-head', 'log-later-head'].map((name) => [name, join(hubDir, name)] as const);
  for (const [name, path] of [['checkpoint', join(logDirectory ?? join(hubDir, 'log'), 'checkpoint')], ...paths]) {
    const bytes = await readOrNull(path as string);
    if (bytes) await parts.write(`log/${name}`, wholeOf(bytes));
  }
}

async function copyDatabase({ hubDir }: HubPlace, options: BackupOptions, parts: PartWriter, hub: string) {
  await using database = await openHubDatabase(hubDir, options.databaseUrl);
  await using snapshot = await openSnapshot(database.server);
  if (snapshot.migrations.length === 0)
    throw new CallableError('HubDataMissing', 'The database is not that of a hub: it has no tables of one.');
  // DATABASE_URL of one hub and the directory of another would be a backup of neither.
  if (snapshot.hubs.length > 0 && !snapshot.hubs.includes(hub))
    throw new CallableError('HubDataMissing', `The database is that of ${snapshot.hubs.join(', ')}, not of ${hub}.`);
  const onBytes = countBytes(options.onProgress, 'database', null);
  const tables: BackupManifest['database']['tables'][number][] = [];
  for (const table of snapshot.tables)
    tables.push({ ...table, rows: await copyTable(snapshot, table, parts, onBytes) });
  await parts.write(fileListPart, snapshot.readFiles());
  // While the snapshot is open: the hub keeps the reports of calls that it names, however long the tables took.
  const logDirectory = options.logDirectory ?? join(hubDir, 'log');
  await parts.write(logFilesPart, packLogFiles(hubDir, { logDirectory, size: snapshot.statements }));
  const { postgres, migrations, sequences, statements, releases } = snapshot;
  return { database: { postgres, migrations, sequences, tables }, statements, releases };
}

async function copyTable(
  snapshot: Snapshot,
  table: Snapshot['tables'][number],
  parts: PartWriter,
  onBytes: (bytes: number) => void,
): Promise<number> {
  let rows = Number.NaN;
  const counted = async function* () {
    rows = yield* snapshot.readTable(table);
  };
  await parts.write(tablePart(table.name), tell(counted(), onBytes));
  return rows;
}

/** Numbers that were given away when the snapshot was taken stay given away. */
async function copyReceiptNumbers({ nodeDir }: HubPlace, parts: PartWriter): Promise<void> {
  const names = nodeDir === null ? [] : await readdir(nodeDir).catch(() => []);
  for (const name of names.filter((one) => /^receipts-0x[0-9a-f]{40}\.json$/.test(one))) {
    const bytes = await readOrNull(join(nodeDir ?? '', name));
    if (bytes) await parts.write(`node/${name}`, wholeOf(bytes));
  }
}

/** What the database names, one at a time. */
export async function* readFileList(path: string): AsyncGenerator<NamedFile> {
  for await (const line of readLines(path)) {
    const [sha256 = '', isElsewhere] = line.split('\t');
    if (/^[0-9a-f]{64}$/.test(sha256)) yield { sha256, isElsewhere: isElsewhere === 't' };
  }
}

/** Throws DiskFull before hours of copying. */
export async function requireRoom(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < bytes)
    throw new CallableError('DiskFull', `${bytes} bytes are needed at ${directory}, ${bavail * bsize} are free.`);
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
}
