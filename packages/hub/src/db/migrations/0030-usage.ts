import { type Kysely, type Migration, sql } from 'kysely';

/**
 * What the files of calls say, by hour and by caller and day, from the first file on: a hub that has some counts them at its next start.
 * Partitions are made by whoever counts the first file of a day.
 */
export const usage: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create table usage_cursor (id integer primary key default 1 check (id = 1), seq bigint not null)`.execute(
      db,
    );
    await sql`insert into usage_cursor (seq) values (-1)`.execute(db);
    await sql`create table usage_hour (
      day integer not null,
      hour integer not null,
      release bytea not null,
      node bytea not null,
      keyless bigint not null,
      signed bigint not null,
      repeated bigint not null,
      cut bigint not null,
      failed bigint not null,
      hidden bigint not null,
      primary key (day, release, hour, node)) partition by range (day)`.execute(db);
    await sql`create table usage_caller (
      day integer not null,
      release bytea not null,
      caller bytea not null,
      principal bytea not null,
      node bytea not null,
      gateway bytea not null,
      tag bytea not null,
      calls bigint not null,
      relied bigint not null,
      primary key (day, release, caller, principal, node, gateway, tag)) partition by range (day)`.execute(db);
    await sql`create table usage_wanted (
      day integer not null,
      release bytea not null,
      gateway bytea not null,
      calls bigint not null,
      networks bigint not null,
      primary key (day, release, gateway))`.execute(db);
    await sql`create table usage_key (caller bytea primary key, since integer not null)`.execute(db);
  },
};
