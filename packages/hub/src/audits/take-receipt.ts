import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { settleJob } from '../path/settle-job.ts';
import { nextReceipt } from './next-receipt.ts';

/** The receipt a leased task is about; null, and the task is done, when it has been settled otherwise meanwhile. */
export async function takeReceipt(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes'>,
  job: LeasedJob,
): Promise<string | null> {
  const receipt = await nextReceipt(ctx.db, job);
  if (receipt === null) await settleJob(ctx, job, { statements: [], enqueue: [], againAt: null });
  else if (job.step === 'disclose')
    await ctx.db
      .updateTable('audit')
      .set({ asked: sql<number>`asked + 1`, asked_at: ctx.clock() })
      .where('receipt', '=', receipt)
      .execute();
  return receipt;
}
