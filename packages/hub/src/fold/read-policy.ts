import type { Policy } from '@callable/protocol';
import type { Kysely } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';

/** The policy the log last named; before it names one, that of this software. */
export async function readPolicy(
  ctx: Pick<HubContext, 'rules'>,
  db: Pick<Kysely<Schema>, 'selectFrom'>,
): Promise<Policy> {
  const row = await db.selectFrom('log_fold').select('policy').executeTakeFirst();
  return row?.policy ? (JSON.parse(row.policy) as Policy) : ctx.rules.policy;
}
