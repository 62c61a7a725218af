import { type Address, CallableError } from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { HubContext } from '../context.ts';
import type { JobTable } from '../db/schema.ts';

/** A task of this node, whatever its state; throws TaskNotFound for that of another. */
export async function findTask(ctx: Pick<HubContext, 'db'>, node: Address, id: string): Promise<Selectable<JobTable>> {
  const job = await ctx.db
    .selectFrom('job')
    .selectAll()
    .where('id', '=', id)
    .where('assignee', '=', node)
    .executeTakeFirst();
  if (!job) throw new CallableError('TaskNotFound', `There is no task ${id} for ${node}.`);
  return job;
}
