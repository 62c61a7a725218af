import { type Migration, sql } from 'kysely';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../test/create-test-database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { openDatabase } from './open-database.ts';

/** Numbered behind whatever the product has, as the next release's would be. */
const first: Record<string, Migration> = {
  ...migrations,
  '9001-first': { up: (db) => db.schema.createTable('test_first').addColumn('id', 'integer').execute() },
};
const second: Record<string, Migration> = {
  ...first,
  '9002-second': { up: (db) => db.schema.createTable('test_second').addColumn('id', 'integer').execute() },
};

test('carries out what is missing, in order, once', async () => {
  await using test = await createTestDatabase();
  expect(await migrate(test.db, first)).toEqual(['9001-first']);
  expect(await migrate(test.db, second)).toEqual(['9002-second']);
  expect(await migrate(test.db, second)).toEqual([]);
});

test('eight processes starting at once migrate a new database once', async () => {
  await using test = await createTestDatabase();
  // The tables that keep count are made in the race, too.
  await sql`drop table if exists kysely_migration, kysely_migration_lock`.execute(test.db);
  const fresh = { '9001-first': second['9001-first']!, '9002-second': second['9002-second']! };
  const starters = Array.from({ length: 8 }, () => openDatabase({ server: test.url, poolSize: 1 }));
  try {
    const done = await Promise.all(starters.map(({ db }) => migrate(db, fresh)));
    expect(done.flat().sort()).toEqual(['9001-first', '9002-second']);
  } finally {
    await Promise.all(starters.map((starter) => starter[Symbol.asyncDispose]()));
  }
});

test('refuses a database that a newer version has migrated', async () => {
  await using test = await createTestDatabase();
  await migrate(test.db, second);
  await expect(migrate(test.db, first)).rejects.toThrow(/newer version \(9002-second unknown here\)/);
});

test('a migration that fails leaves nothing behind, not even those before it', async () => {
  await using test = await createTestDatabase();
  const broken = { ...first, '9002-broken': { up: () => Promise.reject(new Error('disk full')) } };
  await expect(migrate(test.db, broken)).rejects.toThrow('Migration 9002-broken failed.');
  expect(await migrate(test.db, second)).toEqual(['9001-first', '9002-second']);
});
