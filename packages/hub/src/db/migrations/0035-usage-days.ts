import { type Kysely, type Migration, sql } from 'kysely';

/** Which closed days are written as files, and whether a figure of them changed since. Files that are there are found in their directory. */
export const usageDays: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table usage_day (
      day integer primary key,
      changed bigint not null default 0,
      written bigint,
      written_at bigint,
      rows bigint,
      counted bigint,
      size bigint)`.execute(db);
  },
};
