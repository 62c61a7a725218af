import { sql, type Transaction } from 'kysely';
import { recordChange } from '../changes/record-change.ts';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';

/**
 * A node has come: releases that wait for validators need not wait for their next look. A draw that is running at
 * this moment may not have seen the node; the changed time makes it run again when it ends.
 */
export async function wakeWaitingDraws(ctx: Pick<HubContext, 'clock'>, tx: Transaction<Schema>): Promise<void> {
  const now = ctx.clock();
  // In one order: two nodes that come at the same time would else wait for each other's rows.
  const waiting = tx
    .selectFrom('job')
    .select('id')
    .where('step', '=', 'draw')
    .where('state', 'in', ['ready', 'leased'])
    .where('run_at', '<', now + 60_000)
    .orderBy('id')
    .forUpdate();
  await tx
    .updateTable('job')
    // Those that are due keep their order: it is that of demand.
    .set({
      run_at: sql<number>`case when state = 'ready' then least(run_at, ${now + 1}::bigint) else ${now + 1}::bigint end`,
    })
    .where('id', 'in', waiting)
    .execute();
  await recordChange(tx, { topic: 'job', subject: 'hub' });
}
