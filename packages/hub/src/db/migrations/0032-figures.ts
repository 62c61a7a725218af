import { type Kysely, type Migration, sql } from 'kysely';

/**
 * What rows of a day figure to, kept for each subject and day, and who is to be figured (again). All of it is made from rows and the
 * folded log: a hub that has rows touches all of them once.
 */
export const figures: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`create sequence if not exists usage_stamp`.execute(db);
    await sql`create table usage_figure (
      kind smallint not null,
      subject bytea not null,
      day integer not null,
      sums text not null,
      weight bigint not null,
      claimed bigint not null,
      evidenced bigint not null,
      unanswered bigint not null,
      relied bigint not null,
      calls bigint not null,
      voices integer not null,
      reliers integer not null,
      callers bytea not null,
      counted bigint not null,
      primary key (kind, subject, day))`.execute(db);
    await sql`create index usage_figure_day on usage_figure (day)`.execute(db);
    await sql`create table usage_touched (
      kind smallint not null,
      subject bytea not null,
      day integer not null,
      since bigint not null,
      stamp bigint not null default nextval('usage_stamp'),
      primary key (kind, subject, day))`.execute(db);
    await sql`create index usage_touched_stamp on usage_touched (stamp)`.execute(db);
    await sql`create table usage_window (
      kind smallint not null,
      subject bytea not null,
      until integer not null,
      weight bigint not null,
      before bigint not null,
      claimed bigint not null,
      evidenced bigint not null,
      unanswered bigint not null,
      relied bigint not null,
      calls bigint not null,
      success integer,
      figure text,
      primary key (kind, subject))`.execute(db);
    await sql`create index usage_window_use on usage_window (kind, weight desc, subject)`.execute(db);
    await sql`create index usage_window_rising on usage_window (kind, (weight - before) desc, subject)`.execute(db);
    await sql`create index usage_window_success on usage_window (kind, success desc, weight desc, subject)`.execute(db);
    await sql`create index usage_window_until on usage_window (kind, until)`.execute(db);
    await sql`create table usage_fact_cursor (id integer primary key default 1 check (id = 1), seq bigint not null)`.execute(
      db,
    );
    await sql`insert into usage_fact_cursor (seq) select coalesce(max(seq), -1) from statement`.execute(db);
    await sql`create table usage_node (node bytea primary key, operator text not null, joined boolean not null, convicted boolean not null)`.execute(
      db,
    );
    await sql`create index usage_hour_node on usage_hour (node)`.execute(db);
    await sql`create index usage_caller_node on usage_caller (node)`.execute(db);
    await sql`create index usage_caller_caller on usage_caller (caller)`.execute(db);
    await sql`create index if not exists node_state_seq on node_state (statement_seq)`.execute(db);
    await sql`
      insert into usage_touched (kind, subject, day, since)
      select 0, release, day, 0 from usage_hour where length(release) > 0
      union select 1, decode(substr(publisher, 3), 'hex'), day, 0 from usage_hour
        join release on release.digest = 'sha256:' || encode(usage_hour.release, 'hex')
      union select 2, node, day, 0 from usage_hour where length(node) > 0
      union select 3, ''::bytea, day, 0 from usage_hour`.execute(db);
  },
};
