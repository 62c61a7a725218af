import type { HubContext } from '../context.ts';
import { advanceAudits } from './advance-audits.ts';
import { dropShownCalls } from './drop-shown-calls.ts';
import { sampleAudits } from './sample-audits.ts';

/** One round of all that keeps audits going: draw, move on, forget. */
export async function keepAudits(ctx: HubContext): Promise<void> {
  await sampleAudits(ctx);
  await advanceAudits(ctx);
  await dropShownCalls(ctx);
}

/** Nobody could show anything to a hub that was down: the time to do so begins anew. */
export async function restartAudits(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<void> {
  await ctx.db.updateTable('audit').set({ stage_at: ctx.clock() }).where('stage', '!=', 'done').execute();
  await ctx.db
    .updateTable('audit')
    .set({ asked_at: ctx.clock() })
    .where('stage', '=', 'disclose')
    .where('asked_at', 'is not', null)
    .execute();
}
