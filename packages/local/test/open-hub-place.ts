import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createHubContext, defaultHubConfig } from '@callable/hub';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createTestDatabase } from '../../hub/test/create-test-database.ts';
import type { BackupOptions } from '../src/backup/write-backup.ts';
import type { RestoreOptions } from '../src/restore/restore-backup.ts';

export const passphrase = 'correct horse battery staple';
export const sha256Of = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A hub with one release of two files, some of the log's, on a database elsewhere; nobody runs it. */
export async function openHubPlace() {
  const path = await mkdtemp(join(tmpdir(), 'callable-backup-'));
  const database = await createTestDatabase();
  const dataDir = join(path, 'data');
  const hubDir = join(dataDir, 'hub');
  const log = pino({ level: 'silent' });
  const config = { ...defaultHubConfig, dataDir: hubDir, databaseUrl: database.url };
  await (await createHubContext(config, { log }))[Symbol.asyncDispose]();
  const { db } = database;
  await sql`insert into release (digest, publisher, name, version, manifest, bytes, published_at, search)
    values ('sha256:r', 'p', 'n', '1.0.0', '{}', 1, 1, '')`.execute(db);
  for (const n of [0, 1, 2])
    await sql`insert into statement (seq, id, kind, subject, signer, issued_at, logged_at, content)
      values (${n}, ${`s${n}`}, 'label', 's', 'g', 1, 1, ${'tab\there'})`.execute(db);
  const addFile = async (content: string) => {
    const sha256 = sha256Of(content);
    await write(join(hubDir, 'blobs', sha256.slice(0, 2), sha256), content);
    await sql`insert into release_file (sha256, release) values (${sha256}, 'sha256:r')`.execute(db);
    return join('hub', 'blobs', sha256.slice(0, 2), sha256);
  };
  const files = [await addFile('one'), await addFile('x'.repeat(3_000_000))];
  const address = `0x${'ab'.repeat(20)}`;
  await write(join(hubDir, 'log', 'checkpoint'), 'published');
  await write(join(hubDir, 'log', 'receipts', '2'), 'leaves of two');
  await write(join(hubDir, 'log', 'receipts', '7'), 'of a batch after the snapshot');
  await write(join(hubDir, 'log-ended-40', 'tile', 'entries', '000.p', '40'), 'entries');
  await write(join(hubDir, 'log-head'), 'signed');
  await write(join(dataDir, 'node', `receipts-${address}.json`), '{"reserved":1000}');
  await write(join(dataDir, 'node', 'key'), `0x${'11'.repeat(32)}\n`);
  await write(join(dataDir, 'nodes', '2', 'key'), `0x${'22'.repeat(32)}\n`);
  const options = { signal: new AbortController().signal, onProgress: () => undefined, passphrase };
  return {
    ...{ path, dataDir, database, files, addFile },
    backupOptions: (more: Partial<BackupOptions> = {}): BackupOptions => ({
      ...{ dataDir, target: join(path, 'backup'), databaseUrl: database.url, clock: () => 1_700_000_000_000 },
      ...{ ...options, ...more },
    }),
    restoreOptions: (more: Partial<RestoreOptions> = {}): RestoreOptions => ({
      ...{ backup: join(path, 'backup'), dataDir: join(path, 'restored'), databaseUrl: null, keysFrom: null },
      ...{ ...options, ...more },
    }),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode: 0o600 });
}

/** Every ordinary file below a directory by its path, in order. */
export async function listFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  const isFile = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).isFile()));
  return names.filter((_, i) => isFile[i]).sort();
}

/** Their contents too. */
export async function readTree(directory: string): Promise<Record<string, string>> {
  const names = await listFiles(directory);
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name), 'latin1')));
  return Object.fromEntries(names.map((name, i) => [name, contents[i] ?? '']));
}
