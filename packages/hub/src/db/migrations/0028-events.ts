import { type Kysely, type Migration, sql } from 'kysely';

/** What became of releases, for feeds and webhooks; what was before comes in from the kept states, one after the other. */
export const events: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table event (
      seq bigserial primary key,
      id text not null unique,
      kind text not null,
      release text not null,
      publisher text not null,
      name text not null,
      version text not null,
      condition text,
      reason text,
      happened_at bigint not null,
      recorded_at bigint not null)`.execute(db);
    await sql`create index event_of_release on event (release, seq)`.execute(db);
    await sql`create index event_of_publisher on event (publisher, name, seq)`.execute(db);
    await sql`create index event_of_publisher_in_order on event (publisher, seq)`.execute(db);
    await sql`create index event_passing on event (recorded_at) where kind in ('release.broke', 'release.recovered')`.execute(
      db,
    );
    await sql`create table release_watch (
      release text primary key,
      phase text not null,
      reached text not null,
      first_call boolean not null,
      look_at bigint)`.execute(db);
    await sql`create index release_watch_due on release_watch (look_at) where look_at is not null`.execute(db);
    await sql`create table event_cursor (id integer primary key, seq bigint not null, release text not null)`.execute(
      db,
    );
    await sql`create index release_state_changed on release_state (statement_seq, digest)`.execute(db);
  },
};
