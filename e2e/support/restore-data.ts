import { chmod, copyFile, cp, link, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@callable/postgres';
import type { Manifest } from '@callable/protocol';
import { sql } from 'kysely';
import { migrate } from '../../packages/hub/src/db/migrate.ts';
import { migrations } from '../../packages/hub/src/db/migrations/index.ts';
import { openDatabase } from '../../packages/hub/src/db/open-database.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

type Database = { commit: string; migrations: string[]; sequences: Record<string, number> };
type Table = { table: string; columns: string[]; rows: (string | null)[][] };

/** Lays a kept data directory out as the build that made it left it: files, rows, and the schema of its time. */
export async function restoreData(name: string, dataDir: string): Promise<void> {
  const source = join(fixtures, name);
  await cp(join(source, 'files'), dataDir, { recursive: true });
  for (const key of ['hub/hub-key', 'hub/log-key', 'node/key', 'examples-key']) await chmod(join(dataDir, key), 0o600);
  await restoreCache(dataDir);
  await restoreRows(source, join(dataDir, 'hub'));
}

/** A node keeps each file once, by its hash, and links it into the models that have it. */
async function restoreCache(dataDir: string): Promise<void> {
  const manifests = join(dataDir, 'node', 'manifests');
  for (const name of await readdir(manifests)) {
    const { files } = JSON.parse(await readFile(join(manifests, name), 'utf8')) as Manifest;
    for (const { path, sha256 } of files) {
      const kept = join(dataDir, 'node', 'files', sha256);
      const linked = join(dataDir, 'node', 'models', name.replace('.json', ''), path);
      await mkdir(dirname(kept), { recursive: true });
      await mkdir(dirname(linked), { recursive: true });
      await copyFile(join(dataDir, 'hub', 'blobs', sha256.slice(0, 2), sha256), kept);
      await link(kept, linked);
    }
  }
}

async function restoreRows(source: string, dataDir: string): Promise<void> {
  const kept = JSON.parse(await readFile(join(source, 'database.json'), 'utf8')) as Database;
  const tables = (await readFile(join(source, 'rows.jsonl'), 'utf8')).trim().split('\n');
  await using server = await startPostgres({ dataDir });
  await using database = openDatabase({ server: server.connection });
  const ofThen = Object.fromEntries(Object.entries(migrations).filter(([name]) => kept.migrations.includes(name)));
  await migrate(database.db, ofThen);
  await database.db.connection().execute(async (db) => {
    // Rows refer to each other, also in circles; as they come from a database, they fit.
    await sql`set session_replication_role = replica`.execute(db);
    for (const { table, columns, rows } of tables.map((line) => JSON.parse(line) as Table)) {
      await sql`delete from ${sql.table(table)}`.execute(db);
      for (const row of rows)
        await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
          overriding system value values (${sql.join(row)})`.execute(db);
    }
    for (const [sequence, value] of Object.entries(kept.sequences))
      await sql`select setval(${sequence}, ${value})`.execute(db);
  });
}
