import { type Kysely, type Migration, sql } from 'kysely';

/** Of two parties that share a turn, the keys that have been of use longer go first. */
export const seniority: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table job add column seniority smallint not null default 0`.execute(db);
    await sql`drop index job_by_turn`.execute(db);
    await sql`
      create index job_by_turn on job (assignee, recheck, turn, seniority desc, calls desc, run_at, id)
      where state = 'ready' and turn is not null`.execute(db);
    await sql`create index release_by_age on release (publisher, published_at)`.execute(db);
  },
};
