import { zeroBytes32 } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { ReceiptSessionTable } from '../../db/calls-tables.ts';
import type { Schema } from '../../db/schema.ts';
import type { Run } from '../desk/group-runs.ts';

/** Takes the turn of these sessions until the transaction ends: two reports of one batch come at once. */
export async function lockSessions(tx: Transaction<Schema>, runs: readonly Run[], now: number): Promise<void> {
  const sessions = new Map(runs.map((run) => [`${run.session}${run.node}`, run]));
  // In one order: two reports of the same sessions would else wait for each other.
  for (const [, { session, node, gateway }] of [...sessions].sort(([a], [b]) => (a < b ? -1 : 1)))
    await tx
      .insertInto('receipt_session')
      .values({ session, node, gateway, next: 0, head: zeroBytes32, last_at: now })
      .onConflict((conflict) => conflict.columns(['session', 'node']).doUpdateSet({ last_at: now }))
      .execute();
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
  await tx
    .insertInto('receipt_run')
    .values(runs.map(({ session, node, first, last, head }) => ({ session, node, first, last, head, segment })))
    .execute();
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
