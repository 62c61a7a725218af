import { type Kysely, type Migration, sql } from 'kysely';

/**
 * Which closed days are written as files, and whether a figure of them changed since; files that are there are found in their directory.
 * And who was relied on lately.
 */
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
    await sql`create index usage_window_relied on usage_window (kind, subject) where relied > 0`.execute(db);
  },
};
