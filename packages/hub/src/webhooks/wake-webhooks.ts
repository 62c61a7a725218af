import type { Address, Digest } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { recordChange } from '../changes/record-change.ts';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { webhookQueue } from './webhook-queue.ts';

/**
 * Has those told who asked for it. One that waits goes on waiting: news is no reason to ask it sooner. Its row is locked all the
 * same until the event is there: a worker that took it between would see nothing, and end it.
 */
export async function wakeWebhooks(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  about: readonly { release: Digest; publisher: Address }[],
): Promise<void> {
  if (about.length === 0) return;
  const woken = await sql`
    with due as (
      select job.id from job join webhook on webhook.id = job.release
      where job.assignee = ${webhookQueue} and job.step = 'deliver' and webhook.state <> 'disabled'
        and (webhook.release = any(${about.map(({ release }) => release)}::text[])
          or webhook.publisher = any(${about.map(({ publisher }) => publisher)}::text[]))
      order by job.id for update of job
    )
    update job set
      state = case when state = 'leased' then 'leased' else 'ready' end,
      run_at = case when state = 'ready' then run_at else greatest(run_at + 1, ${ctx.clock()}) end,
      attempts = case when state in ('done', 'dead') then 0 else attempts end,
      turn = case when state in ('ready', 'leased') then turn end
    from due where job.id = due.id`.execute(tx);
  if ((woken.numAffectedRows ?? 0n) > 0n) await recordChange(tx, { topic: 'job', subject: webhookQueue });
}
