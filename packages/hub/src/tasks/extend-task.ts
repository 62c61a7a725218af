import { type Address, CallableError, type Task } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { extendLease } from '../jobs/lease-job.ts';
import { requireStanding } from '../nodes/require-standing.ts';
import { taskLeaseMs, viewTask } from './lease-task.ts';

/** Lets a node go on with a long task. */
export async function extendTask(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>,
  node: Address,
  id: string,
  token: string,
): Promise<Task> {
  await requireStanding(ctx, node);
  const job = await extendLease(ctx, { id, assignee: node, token }, taskLeaseMs);
  if (!job) throw new CallableError('LeaseLost');
  // A node that works on one long task asks for no other meanwhile, and is there all the same.
  await ctx.db.updateTable('node').set({ last_seen_at: ctx.clock() }).where('address', '=', node).execute();
  return viewTask(ctx, job);
}
