import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireEmptyDatabase } from '@callable/hub';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../hub/test/create-empty-database.ts';
import { listFiles, openHubPlace, passphrase, readTree, sha256Of } from '../../test/open-hub-place.ts';
import { restoreBackup } from '../restore/restore-backup.ts';
import { formatManifest, readManifest } from './backup-manifest.ts';
import { PartWriter } from './part-writer.ts';
import { writeBackup } from './write-backup.ts';

type Place = Awaited<ReturnType<typeof openHubPlace>>;

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('a backup of a hub whose database is elsewhere', () => {
  let place: Place;
  let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
  let backup: string;
  beforeAll(async () => {
    place = await openHubPlace();
    empty = await createEmptyDatabase(place.database.url);
    await writeBackup(place.backupOptions());
    backup = join(place.path, 'backup');
  });
  afterAll(async () => {
    await empty[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  const restore = (more: Parameters<Place['restoreOptions']>[0] = {}) =>
    restoreBackup(place.restoreOptions({ databaseUrl: empty.url, ...more }));
  const nothingLeft = async () => {
    expect((await readdir(place.path)).filter((name) => name.startsWith('restored'))).toEqual([]);
    await requireEmptyDatabase(empty.url);
  };

  it('is restored with its files, keys and modes; of the log what no statement makes', async () => {
    await using other = await createEmptyDatabase(place.database.url);
    const to = join(place.path, 'restored-once');
    const manifest = await restore({ databaseUrl: other.url, dataDir: to });
    expect(manifest).toMatchObject({ layout: 'network', releases: 1, statements: 3, files: { count: 2, missing: 0 } });
    const [was, is] = [await readTree(place.dataDir), await readTree(to)];
    const { 'hub/log/receipts/7': later, ...kept } = was;
    expect(later).toBeDefined();
    expect(is).toEqual(kept);
    expect(await Promise.all(['', 'hub', 'node'].map((name) => modeOf(join(to, name))))).toEqual(['700', '700', '700']);
    for (const key of ['hub/hub-key', 'hub/log-key', 'node/key', 'nodes/2/key'])
      expect(await modeOf(join(to, key))).toBe('600');
    await expect(restore({ dataDir: to })).rejects.toMatchObject({ code: 'PlaceTaken' });
    await rm(to, { recursive: true });
    await expect(restore({ databaseUrl: other.url })).rejects.toMatchObject({ code: 'PlaceTaken' });
    await nothingLeft();
  });

  it('shows nobody a key, and opens for its owner alone', async () => {
    const keys = ['hub/hub-key', 'hub/log-key', 'node/key', 'nodes/2/key'];
    for (const path of keys) {
      const hex = (await readFile(join(place.dataDir, path), 'utf8')).trim().slice(2);
      const forms = [hex, hex.toUpperCase(), Buffer.from(hex, 'hex').toString('base64').slice(0, 40)];
      for (const [name, text] of Object.entries(await readTree(backup))) {
        for (const form of forms) expect(text.includes(form), `${path} in ${name}`).toBe(false);
        expect(text.includes(Buffer.from(hex, 'hex').toString('latin1')), `${path} in ${name}`).toBe(false);
        expect(text.includes(passphrase)).toBe(false);
        expect(await modeOf(join(backup, name))).toBe('600');
      }
    }
    expect(await modeOf(backup)).toBe('700');
  });

  it('attack by a bad disk: one changed byte anywhere, a cut or a missing part, and nothing is restored', async () => {
    for (const name of await listFiles(backup)) {
      const path = join(backup, name);
      const bytes = await readFile(path);
      const changed = Buffer.from(bytes);
      changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
      for (const damage of [
        () => (bytes.length === 0 ? writeFile(path, 'x') : writeFile(path, changed)),
        () => (bytes.length === 0 ? rm(path) : truncate(path, bytes.length - 1)),
        () => rm(path),
      ]) {
        await damage();
        // Without a passphrase, which costs half a second each time.
        const check = restore({ dataDir: null, passphrase: null });
        await expect(check, name).rejects.toMatchObject({ code: 'BackupDamaged' });
        if (/keys|parts|statement[.]copy/.test(name))
          await expect(restore()).rejects.toMatchObject({ code: 'BackupDamaged' });
        await writeFile(path, bytes, { mode: 0o600 });
      }
    }
    await nothingLeft();
    await restore({ dataDir: null });
  });

  it('is refused with another passphrase, or with none', async () => {
    for (const wrong of ['correct horse battery stapl', null])
      await expect(restore({ passphrase: wrong })).rejects.toMatchObject({ code: 'PassphraseWrong' });
    await nothingLeft();
    await restore({ passphrase: null, dataDir: null });
  });

  it('is refused by a build that does not know its schema', async () => {
    const path = join(backup, 'manifest.json');
    const text = await readFile(path, 'utf8');
    const manifest = await readManifest(backup);
    const migrations = [...manifest.database.migrations, '9999-tomorrow'];
    await writeFile(path, formatManifest({ ...manifest, database: { ...manifest.database, migrations } }));
    await expect(restore()).rejects.toThrow('9999-tomorrow');
    await expect(restore()).rejects.toMatchObject({ code: 'BackupNewer' });
    await writeFile(path, text);
    await nothingLeft();
  });

  it('is stopped at any step and leaves nothing', async () => {
    for (const step of ['checking', 'writing files', 'loading the database']) {
      const stopping = new AbortController();
      const onProgress = (progress: { step: string }) => {
        if (progress.step === step) stopping.abort();
      };
      await expect(restore({ signal: stopping.signal, onProgress })).rejects.toThrow();
      await nothingLeft();
    }
  });
});

describe('making a backup', () => {
  it('takes what there is when a file is gone, damaged or a link, and names it', async () => {
    await using place = await openHubPlace();
    const [gone, damaged] = [await place.addFile('gone'), await place.addFile('damaged')];
    await rm(join(place.dataDir, gone));
    await writeFile(join(place.dataDir, damaged), 'DAMAGED');
    await sql`insert into release_file (sha256, release) values (${sha256Of('on walrus')}, 'sha256:r')`.execute(
      place.database.db,
    );
    await sql`insert into walrus_file (sha256, size, chunks, parts) values (${sha256Of('on walrus')}, 1, '[]', '[]')`.execute(
      place.database.db,
    );
    const { files } = await writeBackup(place.backupOptions());
    expect(files).toMatchObject({ count: 2, elsewhere: 1, missing: 2 });
    expect([...files.named].sort()).toEqual([sha256Of('gone'), sha256Of('damaged')].sort());
  });

  it('is stopped at any step and leaves nothing; a place that is taken stays as it is', async () => {
    await using place = await openHubPlace();
    for (const step of ['database', 'files', 'reading back']) {
      const stopping = new AbortController();
      const onProgress = (progress: { step: string }) => {
        if (progress.step === step) stopping.abort();
      };
      await expect(writeBackup(place.backupOptions({ signal: stopping.signal, onProgress }))).rejects.toThrow();
      expect(await readdir(place.path)).toEqual(['data']);
    }
    const target = join(place.path, 'backup');
    await mkdir(target);
    await writeFile(join(target, 'mine'), 'mine');
    await expect(writeBackup(place.backupOptions())).rejects.toMatchObject({ code: 'PlaceTaken' });
    expect(await readTree(target)).toEqual({ mine: 'mine' });
    const nowhere = place.backupOptions({ target: join(place.path, 'not-mounted', 'backup') });
    await expect(writeBackup(nowhere)).rejects.toMatchObject({ code: 'FileUnreadable' });
  });

  it('refuses what is no hub, and the database of another', async () => {
    await using place = await openHubPlace();
    const at = (more: object) => writeBackup(place.backupOptions(more));
    await expect(at({ dataDir: place.path })).rejects.toMatchObject({ code: 'HubDataMissing' });
    await expect(at({ databaseUrl: null })).rejects.toMatchObject({ code: 'HubDataMissing' });
    await expect(at({ databaseUrl: 'postgres://u:secret@127.0.0.1:1/x' })).rejects.toMatchObject({
      code: 'DatabaseUnreachable',
      message: expect.not.stringContaining('secret'),
    });
    await using empty = await createEmptyDatabase(place.database.url);
    await expect(at({ databaseUrl: empty.url })).rejects.toMatchObject({ code: 'HubDataMissing' });
    await sql`insert into statement (seq, id, kind, subject, signer, issued_at, logged_at, content)
      values (3, 'o', 'log.opened', '0xother', '0xother', 1, 1, '{}')`.execute(place.database.db);
    await expect(at({})).rejects.toThrow('0xother');
    expect(await readdir(place.path)).toEqual(['data']);
  });

  it('a full disk ends it with DiskFull, and the part is gone', async () => {
    await using place = await openHubPlace();
    const parts = await PartWriter.open(place.path, new AbortController().signal);
    const full = async function* () {
      yield Buffer.from('some');
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    await expect(parts.write('files.txt', full())).rejects.toMatchObject({ code: 'DiskFull' });
    await parts.close();
    expect(await readdir(place.path)).toEqual(['data', 'parts.jsonl']);
  });

  it('keys that were left out are asked for, and must be those of this hub', async () => {
    await using place = await openHubPlace();
    await writeBackup(place.backupOptions({ passphrase: null }));
    expect(await listFiles(join(place.path, 'backup'))).not.toContain('keys.json');
    await using empty = await createEmptyDatabase(place.database.url);
    const restore = (keysFrom: string | null) =>
      restoreBackup(place.restoreOptions({ keysFrom, passphrase: null, databaseUrl: empty.url }));
    await expect(restore(null)).rejects.toMatchObject({ code: 'KeysMissing' });
    const other = join(place.path, 'other');
    await mkdir(other);
    for (const name of ['hub-key', 'log-key']) await writeFile(join(other, name), `0x${'22'.repeat(32)}\n`);
    await expect(restore(other)).rejects.toThrow('not of');
    await restore(place.dataDir);
    const restored = join(place.path, 'restored');
    for (const key of ['hub/hub-key', 'node/key'])
      expect(await readFile(join(restored, key), 'utf8')).toBe(await readFile(join(place.dataDir, key), 'utf8'));
  });
});

it('kill -9 in the midst leaves nothing that looks like a backup, and the next one takes its place', async () => {
  await using place = await openHubPlace();
  const target = join(place.path, 'backup');
  const { db } = place.database;
  // Nobody reads this table while it is locked: the backup is in its midst for as long as this takes.
  await db.transaction().execute(async (tx) => {
    await sql`lock table statement_pace in access exclusive mode`.execute(tx);
    const bin = fileURLToPath(new URL('../../../cli/bin/callable.js', import.meta.url));
    const words = ['backup', '--data', place.dataDir, '--to', target, '--keys', 'leave-out'];
    const env = { ...process.env, DATABASE_URL: place.database.url, HOME: place.path, CALLABLE_PREPARED: '1' };
    const child = spawn(process.execPath, [bin, ...words], { env, stdio: 'ignore' });
    const waiting = sql`select from pg_locks where not granted and relation = 'statement_pace'::regclass`;
    while ((await waiting.execute(db)).rows.length === 0) expect(child.exitCode).toBeNull();
    await expect(writeBackup(place.backupOptions())).rejects.toThrow('A backup or restore already runs');
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  expect(await isThere(target)).toBe(false);
  const half = `${target}.unfinished`;
  expect(await listFiles(half)).toContain('database/statement.copy');
  const check = restoreBackup(place.restoreOptions({ backup: half, dataDir: null }));
  await expect(check).rejects.toMatchObject({ code: 'BackupDamaged' });
  await writeBackup(place.backupOptions());
  expect((await readdir(dirname(target))).sort()).toEqual(['backup', 'data']);
});
