import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../test/create-test-database.ts';
import { openDatabase } from './open-database.ts';

test('values arrive in the types the docstring promises', async () => {
  await using test = await createTestDatabase();
  const { rows } = await sql`
    select 9007199254740991::bigint as size, array[1, null, 3]::bigint[] as sizes, array[[1, 2], [3, 4]]::bigint[] as grid,
      1.10::numeric as money, '2026-03-29'::date as day, '\\x00ff'::bytea as bytes, count(*) as rows,
      '2026-03-29T01:30:00Z'::timestamptz as at`.execute(test.db);
  expect(rows[0]).toEqual({
    size: 9007199254740991,
    sizes: [1, null, 3],
    grid: [
      [1, 2],
      [3, 4],
    ],
    money: '1.10',
    day: '2026-03-29',
    bytes: Buffer.from([0, 255]),
    rows: 1,
    at: new Date('2026-03-29T01:30:00Z'),
  });
});

test('a bigint that a number cannot hold fails the query instead of being rounded', async () => {
  await using test = await createTestDatabase();
  await expect(sql`select 9007199254740993::bigint as big`.execute(test.db)).rejects.toThrow(RangeError);
  expect((await sql<{ one: number }>`select 1 as one`.execute(test.db)).rows).toEqual([{ one: 1 }]);
});

test('connections broken by the server are reported and replaced, and do not end the process', async () => {
  await using test = await createTestDatabase();
  let report: (error: Error) => void = () => undefined;
  const broken = new Promise<Error>((resolve) => {
    report = resolve;
  });
  await using database = openDatabase({ server: test.url, poolSize: 1, onError: report });
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database.db);
  await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(test.db);
  expect(await broken).toBeInstanceOf(Error);
  expect((await sql<{ one: number }>`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }]);
});
