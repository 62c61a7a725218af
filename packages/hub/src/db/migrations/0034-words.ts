import { type Kysely, type Migration, sql } from 'kysely';

/** What callers say later of answers they had, and the secrets that the keys of probes are made of. */
export const words: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table usage_word (
      day integer not null,
      call_day integer not null,
      release bytea not null,
      caller bytea not null,
      principal bytea not null,
      node bytea not null,
      gateway bytea not null,
      tag bytea not null,
      relied bigint not null,
      came_right bigint not null,
      came_wrong bigint not null,
      primary key (day, release, call_day, caller, principal, node, gateway, tag))`.execute(db);
    await sql`create table usage_said (
      session bytea not null,
      node bytea not null,
      number bigint not null,
      relied_seq bigint,
      outcome_seq bigint,
      primary key (session, node, number))`.execute(db);
    await sql`create index statement_of_usage on statement (kind, seq)
      where kind in ('receipts.relied', 'probes.revealed')`.execute(db);
    await sql`create table probe_day (day integer primary key, secret text not null, used integer not null)`.execute(
      db,
    );
    await sql`create table probe_reveal (day integer primary key, seq bigint not null)`.execute(db);
    await sql`alter table probe_caller add column revealed boolean not null default false`.execute(db);
  },
};
