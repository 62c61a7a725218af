import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import pg from 'pg';
import { expect, it } from 'vitest';
import { isHubClosed } from './is-hub-closed.ts';

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

it('a query after the hub has closed its database is no accident', async () => {
  const db = new Kysely<object>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (of) => new PostgresIntrospector(of),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  await sql`select 1`.execute(db);
  await db.destroy();
  const error = await thrownBy(sql`select 1`.execute(db));
  expect(isHubClosed(error)).toBe(true);
  expect(isHubClosed(new Error('a chunk was not counted', { cause: error }))).toBe(true);
  const pool = new pg.Pool();
  await pool.end();
  expect(isHubClosed(await thrownBy(pool.query('select 1')))).toBe(true);
  expect(isHubClosed(new Error('relation "upload" does not exist'))).toBe(false);
});
