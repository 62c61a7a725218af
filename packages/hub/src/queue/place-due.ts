import type { Digest } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { lockLane, placeJobs } from '../jobs/place-jobs.ts';

/** Gives the due jobs of a release their turns, with all that is due in the same queues. */
export async function placeDue(ctx: Pick<HubContext, 'db' | 'clock'>, release: Digest): Promise<void> {
  const unplaced = await ctx.db
    .selectFrom('job')
    .select('assignee')
    .distinct()
    .where('release', '=', release)
    .where('state', '=', 'ready')
    .where('turn', 'is', null)
    .where('run_at', '<=', ctx.clock())
    .execute();
  for (const { assignee } of unplaced)
    await ctx.db.transaction().execute(async (tx) => {
      await lockLane(tx, assignee);
      await placeJobs(ctx, tx, assignee);
    });
}
