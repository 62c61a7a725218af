import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import { migrations as ours } from './migrations/index.ts';
import type { Schema } from './schema.ts';

/**
 * Brings the schema up to date, all in one transaction, which may be one that is open on `db`. Safe to call from several
 * processes at once: Kysely's lock lets one of them work and the others wait and find nothing to do.
 *
 * @returns the names of the migrations this call carried out, in order.
 * @throws when the database is newer than this code, which must then not touch it; when a migration fails, with nothing
 * changed.
 */
export async function migrate(
  db: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>> = ours,
  { isInTransaction = false }: { isInTransaction?: boolean } = {},
): Promise<string[]> {
  const applied = await listApplied(db);
  // Kysely refuses it too, under its lock, but calls it corrupt and names no remedy.
  refuseNewerDatabase(applied, migrations);
  // At almost every start: Kysely would read the whole catalogue first (measured: a tenth of a start).
  if (applied.length === Object.keys(migrations).length) return [];
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const migrator = new Migrator({ db, provider, disableTransactions: isInTransaction });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName;
    throw new Error(failed === undefined ? 'Cannot migrate the database.' : `Migration ${failed} failed.`, {
      cause: error,
    });
  }
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

function refuseNewerDatabase(applied: readonly string[], migrations: Readonly<Record<string, Migration>>): void {
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return;
  throw new Error(
    `The database was migrated by a newer version (${unknown.join(', ')} unknown here): run that version or a later one.`,
  );
}

async function listApplied(db: Kysely<Schema>): Promise<string[]> {
  const table = await sql<{ found: boolean }>`select to_regclass('kysely_migration') is not null as found`.execute(db);
  if (!table.rows[0]?.found) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}
