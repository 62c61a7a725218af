import { type Address, CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';

/** Throws when the node was caught lying: it gets no work, and what it hands in is not taken. */
export async function requireStanding(ctx: Pick<HubContext, 'db'>, node: Address): Promise<void> {
  const row = await ctx.db
    .selectFrom('node_state')
    .select('state')
    .where('node', '=', node)
    .where('convicted', '=', true)
    .executeTakeFirst();
  const convicted = row ? readJson(row.state).convicted : null;
  if (convicted)
    throw new CallableError('NodeConvicted', `${node} was caught lying (${convicted.reason}): ${convicted.message}`, {
      details: { errors: [{ reason: convicted.reason, evidence: convicted.evidence }] },
    });
}
