import { zeroBytes32 } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { ReceiptSessionTable } from '../../db/calls-tables.ts';
import type { Schema } from '../../db/schema.ts';
import type { Run } from '../desk/group-runs.ts';

/**
 * Takes the turn of these sessions until the transaction ends: two reports of one batch come at once. Rows that it makes and
 * nothing follows are to be dropped by `dropUnfiled`.
 */
export async function lockSessions(tx: Transaction<Schema>, runs: readonly Run[], now: number): Promise<void> {
  const sessions = new Map(runs.map((run) => [`${run.session}${run.node}`, run]));
  // In one order: two reports of the same sessions would else wait for each other.
  const rows = [...sessions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, run]) => run);
  await sql`
    insert into receipt_session (session, node, gateway, next, head, last_at)
    select session, node, gateway, 0, ${zeroBytes32}, ${now}::bigint
    from unnest(${rows.map((row) => row.session)}::text[], ${rows.map((row) => row.node)}::text[],
      ${rows.map((row) => row.gateway)}::text[]) with ordinality as given (session, node, gateway, place) order by place
    on conflict (session, node) do update set last_at = excluded.last_at`.execute(tx);
}

/**
 * Of these sessions those of which nothing is filed have no row.
 * attack: keys are free, and each session of a key that never joined would buy one for ever.
 */
export async function dropUnfiled(tx: Transaction<Schema>, runs: readonly Run[]): Promise<void> {
  await sql`
    delete from receipt_session using unnest(${runs.map((run) => run.session)}::text[],
      ${runs.map((run) => run.node)}::text[]) as given (session, node)
    where receipt_session.session = given.session and receipt_session.node = given.node
      and receipt_session.next = 0`.execute(tx);
}

/**
 * Notes where these runs of a segment stand, and which numbers are missing before them: reports come late, so what is missing
 * may still come. A gap convicts nobody, as gateway or node may have lost it.
 */
export async function followSessions(
  tx: Transaction<Schema>,
  segment: string,
  runs: readonly Run[],
  now: number,
): Promise<void> {
  if (runs.length === 0) return;
  // As arrays: a statement takes 65,535 values, and a segment may hold more runs than that is enough for.
  await sql`
    insert into receipt_run (session, node, first, last, head, segment)
    select given.*, ${segment}::text
    from unnest(${runs.map((run) => run.session)}::text[], ${runs.map((run) => run.node)}::text[],
      ${runs.map((run) => run.first)}::bigint[], ${runs.map((run) => run.last)}::bigint[],
      ${runs.map((run) => run.head)}::text[]) as given`.execute(tx);
  const sessions = new Map<string, Run[]>();
  for (const run of runs) {
    const key = `${run.session}${run.node}`;
    sessions.set(key, [...(sessions.get(key) ?? []), run]);
  }
  for (const some of sessions.values()) await followSession(tx, some, now);
}

async function followSession(tx: Transaction<Schema>, runs: readonly Run[], now: number): Promise<void> {
  const [{ session, node } = { session: '', node: '' as never }] = runs;
  const known = await tx
    .selectFrom('receipt_session')
    .select(['next', 'head'])
    .where('session', '=', session)
    .where('node', '=', node)
    .executeTakeFirst();
  let at: Pick<ReceiptSessionTable, 'next' | 'head'> = known ?? { next: 0, head: zeroBytes32 };
  for (const run of runs) {
    const isBroken = run.first === at.next && run.previous !== at.head;
    if (run.first > at.next || isBroken)
      await tx
        .insertInto('receipt_gap')
        .values({ node, session, first: at.next, last: run.first - 1, found_at: now })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    if (run.first < at.next) await fillGap(tx, run);
    else at = { next: run.last + 1, head: run.head };
  }
  await tx.updateTable('receipt_session').set(at).where('session', '=', session).where('node', '=', node).execute();
}

/** What was missing has come: at the beginning, the end or in the middle of what is. */
async function fillGap(tx: Transaction<Schema>, { node, session, first, last }: Run): Promise<void> {
  await sql`
    with filled as (
      delete from receipt_gap where node = ${node} and session = ${session} and first <= ${last} and last >= ${first}
      returning *
    )
    insert into receipt_gap (node, session, first, last, found_at)
    select node, session, first, ${first - 1}, found_at from filled where first < ${first}
    union all
    select node, session, ${last + 1}, last, found_at from filled where last > ${last}
    on conflict do nothing`.execute(tx);
}
