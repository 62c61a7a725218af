import { CallableError } from '@callable/protocol';
import { passOver } from '../audits/end-audit-task.ts';
import type { HubContext } from '../context.ts';
import { lockLog } from '../fold/append-statement.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { returnJob } from '../jobs/return-job.ts';
import { lastingAfter } from '../path/list-troubles.ts';

/**
 * The node could not do it: whoever drew it hears at once and may ask another. With `isLasting` it is not asked again
 * where there is anybody else. Throws LeaseLost when the task is not under this token.
 */
export async function failTask(
  ctx: Pick<HubContext, 'db' | 'clock' | 'changes'>,
  job: LeasedJob,
  error: string,
  isLasting = false,
): Promise<void> {
  const attempts = isLasting ? Math.max(job.attempts, lastingAfter) : job.attempts;
  const returned = await ctx.db.transaction().execute(async (tx) => {
    await lockLog(tx);
    const result = await returnJob(ctx, { ...job, attempts }, error, tx);
    if (result !== 'returned') return result;
    await tx.updateTable('job').set({ attempts }).where('id', '=', job.id).execute();
    if (job.step === 'validate') await enqueueJob(ctx, tx, { release: job.release, step: 'draw' });
    if (job.step === 'audit') await passOver(ctx, tx, job);
    return result;
  });
  if (returned === null) throw new CallableError('LeaseLost');
  ctx.changes.emit({ topic: 'outbox', subject: '' });
}
