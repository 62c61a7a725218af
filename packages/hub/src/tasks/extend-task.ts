import { type Address, CallableError, type Task } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { extendLease } from '../jobs/lease-job.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { requireStanding } from '../nodes/require-standing.ts';
import { failTask } from './fail-task.ts';
import { findRound } from './find-round.ts';
import { taskLeaseMs, viewTask } from './lease-task.ts';
import { isOverdue } from './longest-work.ts';
import { revealOpensAt } from './reveal-opens-at.ts';

/** Lets a node go on with a long task, but not for ever: others of its panel wait for it. */
export async function extendTask(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'changes'>,
  node: Address,
  id: string,
  token: string,
): Promise<Task> {
  await requireStanding(ctx, node);
  const held = await findHeld(ctx, node, id, token);
  const hasCommitted = held.step === 'validate' && held.worked_ms !== null;
  if (!hasCommitted && (await isOverdue(ctx, held))) {
    await failTask(ctx, held, 'It held the task longer than it can take.', true);
    throw new CallableError('LeaseLost', 'The task was held longer than it can take.');
  }
  // To show what was committed to takes a moment. Whoever holds it back keeps a quorum from being asked anew.
  const mustShow = hasCommitted && (await isOpen(ctx, held));
  const job = mustShow ? held : await extendLease(ctx, held, taskLeaseMs);
  if (!job) throw new CallableError('LeaseLost');
  // A node that works on one long task asks for no other meanwhile, and is there all the same.
  await ctx.db.updateTable('node').set({ last_seen_at: ctx.clock() }).where('address', '=', node).execute();
  return viewTask(ctx, job);
}

async function findHeld(ctx: Pick<HubContext, 'db'>, assignee: Address, id: string, token: string): Promise<LeasedJob> {
  const held = await ctx.db
    .selectFrom('job')
    .selectAll()
    .where('id', '=', id)
    .where('assignee', '=', assignee)
    .where('token', '=', token)
    .where('state', '=', 'leased')
    .executeTakeFirst();
  if (!held) throw new CallableError('LeaseLost');
  return { ...held, token };
}

async function isOpen(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>, { release }: LeasedJob): Promise<boolean> {
  const round = await findRound(ctx, ctx.db, release);
  const opensAt = round && revealOpensAt(round, ctx.rules.policy);
  return opensAt !== null && opensAt <= ctx.clock();
}
