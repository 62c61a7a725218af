import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createEmptyDatabase } from '../../test/create-empty-database.ts';
import { createTestDatabase, type TestDatabase } from '../../test/create-test-database.ts';
import { runStatement } from '../../test/run-statement.ts';
import { saveDatabase } from '../../test/save-database.ts';
import { loadDatabase, requireEmptyDatabase } from './load-database.ts';
import { openSnapshot, type Snapshot } from './open-snapshot.ts';

const hostile = 'tab\tline\nback\\slash \\N ü \u{1f600}';

it('a snapshot stays at its moment while others write, and is the same after it was restored', async () => {
  await using from = await createTestDatabase();
  const insert = (digest: string) =>
    sql`
    insert into release (digest, publisher, name, version, manifest, bytes, published_at, search)
    values (${digest}, 'p', ${digest}, '1.0.0', ${hostile}, 9007199254740991, 2, '')`.execute(from.db);
  await insert('sha256:before');
  await sql`insert into statement (seq, id, kind, subject, signer, issued_at, logged_at, content)
    values (0, 'a', 'label', 's', 'g', 1, 1, ${hostile})`.execute(from.db);
  await sql`insert into handle (handle, owner, statement_seq) values ('acme', 'o', 0)`.execute(from.db);
  await sql`insert into outbox (topic, subject) values ('job', 'hub')`.execute(from.db);
  await sql`insert into upload (id, owner, bytes, created_at, expires_at) values ('u', 'o', 1, 1, 1)`.execute(from.db);
  await sql`insert into release_file (sha256, release) values ('aa', 'sha256:before')`.execute(from.db);
  await sql`insert into stored_chunk (sha256, file, index, size) values ('c', 'aa', 0, 1), ('d', 'bb', 0, 1)`.execute(
    from.db,
  );
  await using snapshot = await openSnapshot(from.url);
  await insert('sha256:after');
  const { saved, bytes } = await saveDatabase(snapshot);
  expect(String(bytes.get('release'))).not.toContain('sha256:after');
  expect(snapshot).toMatchObject({ statements: 1, releases: 1 });
  for (const name of ['outbox', 'upload', 'upload_file', 'upload_chunk', 'kysely_migration'])
    expect(bytes.has(name)).toBe(false);
  // Of an upload that nobody finished: its bytes are not in a backup.
  expect(String(bytes.get('stored_chunk'))).toBe('c\taa\t0\t1\n');

  await using to = await createEmptyDatabase(from.url);
  await loadDatabase(to.url, saved);
  await using restored = await openSnapshot(to.url);
  expect((await saveDatabase(restored)).bytes).toEqual(bytes);
  expect(restored.migrations).toEqual(snapshot.migrations);
  expect(restored.sequences).toEqual(snapshot.sequences);
  // What guards the evidence guards it again.
  await expect(runStatement(to.url, `update statement set kind = 'other'`)).rejects.toThrow('append-only');
  await expect(runStatement(to.url, `insert into handle values ('b', 'o', 7)`)).rejects.toThrow('foreign key');
  await expect(loadDatabase(to.url, saved)).rejects.toMatchObject({ code: 'PlaceTaken' });
});

it('a database is restored whole or stays empty', async () => {
  await using from = await createTestDatabase();
  await using snapshot = await openSnapshot(from.url);
  const { saved } = await saveDatabase(snapshot);
  await using to = await createEmptyDatabase(from.url);
  const broken = async function* () {
    yield Buffer.from('1\t');
    throw new Error('the disk went away');
  };
  const last = saved.tables.at(-1)?.name;
  const read: typeof saved.read = (table) => (table.name === last ? broken() : saved.read(table));
  await expect(loadDatabase(to.url, { ...saved, read })).rejects.toThrow('the disk went away');
  await requireEmptyDatabase(to.url);
  const tables = saved.tables.map((table) => ({ ...table, rows: table.rows + 1 }));
  await expect(loadDatabase(to.url, { ...saved, tables })).rejects.toMatchObject({ code: 'BackupDamaged' });
  await requireEmptyDatabase(to.url);
});

it('a slow reader holds the server back, and one that leaves loses only its connection', async () => {
  await using from = await createTestDatabase();
  await sql`insert into label (subject, label, signer, expires_at, since, content)
    select n::text, 'l', 's', null, 1, repeat('x', 1000) from generate_series(1, 20000) n`.execute(from.db);
  const table = (snapshot: Snapshot) => snapshot.tables.find(({ name }) => name === 'label') ?? expect.fail();
  {
    await using snapshot = await openSnapshot(from.url);
    const { saved } = await saveDatabase(snapshot);
    expect(saved.tables.find(({ name }) => name === 'label')?.rows).toBe(20_000);
  }
  await using left = await openSnapshot(from.url);
  for await (const piece of left.readTable(table(left))) {
    expect(piece.at(-1)).toBe(10);
    await untilHeldBack(from);
    break;
  }
  await expect(left.readTable(table(left)).next()).rejects.toThrow();
});

/** The server waits for its client to read on. */
async function untilHeldBack({ db }: Pick<TestDatabase, 'db'>): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event = 'ClientWrite' and query like 'copy %'`.execute(db);
    if (rows.length > 0) return;
  }
}
