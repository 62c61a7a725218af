import { type Kysely, type Migration, sql } from 'kysely';

/**
 * How far each release is and how long it took, beside the folded state: a hundred thousand states of 3 kB are not read for a
 * figure. Empty until the states are written anew, which the version of the fold has done at the next start.
 */
export const activation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table release_stage (
      digest text primary key,
      uploaded_at bigint not null,
      stored_ms bigint,
      verified_ms bigint,
      reachable_ms bigint,
      worked_ms bigint,
      independent_ms bigint,
      stored_until bigint not null,
      verified_until bigint not null,
      reachable_until bigint not null,
      worked_until bigint not null,
      listed boolean not null)`.execute(db);
  },
};
