import { type Kysely, type Migration, sql } from 'kysely';

/**
 * Calls stand in files since their receipts are signed by the batch. Here a row says where a segment and each of its runs of
 * receipts stand; calls are counted, and their callers named once for each release. Receipts of before stay where they are.
 */
export const segments: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    // Of rows that nobody adds to any more; its name is needed.
    await sql`drop index receipt_session`.execute(db);
    await sql`create table segment (
      id text primary key,
      gateway text not null,
      arrived_at bigint not null,
      batches integer not null,
      calls integer not null,
      from_at bigint not null,
      to_at bigint not null,
      file text,
      filed text,
      "offset" bigint not null,
      length integer not null,
      batch bigint)`.execute(db);
    await sql`create index segment_unbatched on segment (arrived_at, id)
      where batch is null and file is not null`.execute(db);
    await sql`create index segment_waiting on segment (file) where file like 'incoming/%'`.execute(db);
    await sql`create index segment_batch on segment (batch) where batch is not null`.execute(db);
    await sql`create index segment_empty on segment (arrived_at) where file is null and batches = 0`.execute(db);
    // Unique: whatever else fails, no number of a session is filed twice.
    await sql`create table receipt_run (
      session text not null,
      node text not null,
      first bigint not null,
      last bigint not null,
      head text not null,
      segment text not null references segment (id),
      primary key (session, node, first))`.execute(db);
    await sql`create index receipt_run_segment on receipt_run (segment)`.execute(db);
    await sql`create table receipt_session (
      session text not null,
      node text not null,
      gateway text not null,
      next bigint not null,
      head text not null,
      last_at bigint not null,
      primary key (session, node))`.execute(db);
    await sql`create index receipt_session_node on receipt_session (node, last_at)`.execute(db);
    await sql`create table receipt_gap (
      node text not null,
      session text not null,
      first bigint not null,
      last bigint not null,
      found_at bigint not null,
      primary key (node, session, first, last))`.execute(db);
    await sql`create table uncounted_call (
      release text not null,
      node text not null,
      kind text not null,
      count bigint not null,
      last_at bigint not null,
      primary key (release, node, kind))`.execute(db);
    await sql`create table release_caller (
      release text not null,
      caller text not null,
      node text not null,
      primary key (release, caller))`.execute(db);
    await takeOver(db);
  },
};

const zero = `0x${'0'.repeat(40)}`;

/** What was counted by the rows of receipts goes on by these tables. */
async function takeOver(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into uncounted_call (release, node, kind, count, last_at)
    select receipt.release, coalesce(receipt.node, ''), case
        when outcome = 'failed' then 'failed'
        when caller = ${zero} then 'keyless'
        when caller in (release.publisher, receipt.node, node_state.operator) then 'own'
        else 'signed' end as kind,
      count(*), max(at)
    from receipt join release on release.digest = receipt.release
    left join node_state on node_state.node = receipt.node
    where not counted group by 1, 2, 3`.execute(db);
  await sql`update receipt set counted = true where not counted`.execute(db);
  await sql`
    insert into release_caller (release, caller, node)
    select release, caller, node from (
      select *, row_number() over (partition by release order by caller) as place from (
        select distinct on (receipt.release, caller) receipt.release, caller, receipt.node
        from receipt join release on release.digest = receipt.release join node on node.address = receipt.node
        left join node_state on node_state.node = receipt.node
        where outcome = 'good' and caller <> ${zero} and caller <> release.publisher and caller <> receipt.node
          and caller is distinct from node_state.operator
        order by receipt.release, caller, (node_state.convicted is true)
      ) as known
    ) as placed where place <= 10000`.execute(db);
  await sql`drop index receipt_uncounted`.execute(db);
  await sql`drop index receipt_callers`.execute(db);
}
