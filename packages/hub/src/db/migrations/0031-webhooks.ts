import { type Kysely, type Migration, sql } from 'kysely';

/** Whom somebody wants told what becomes of releases, and how often targets were dialled for it. */
export const webhooks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table webhook (
      id text primary key,
      owner text not null,
      network text not null,
      release text,
      publisher text,
      kinds text not null,
      sealed_url text not null,
      state text not null,
      reason text,
      created_at bigint not null,
      told bigint not null,
      failures integer not null default 0,
      failing_since bigint,
      retry_at bigint,
      last_at bigint,
      last_delivered boolean,
      last_status integer,
      last_message text)`.execute(db);
    await sql`create index webhook_owner on webhook (owner)`.execute(db);
    await sql`create index webhook_network on webhook (network)`.execute(db);
    await sql`create index webhook_release on webhook (release) where release is not null`.execute(db);
    await sql`create index webhook_publisher on webhook (publisher) where publisher is not null`.execute(db);
    await sql`create table webhook_pace (
      target text not null, minute bigint not null, count integer not null, primary key (target, minute))`.execute(db);
  },
};
