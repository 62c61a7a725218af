import type { Policy, Rules } from '@callable/protocol';
import type { Kysely } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { refuseUnknownRules } from './refuse-unknown-rules.ts';

/** The policy the log last named, and since when its epoch is in force; before it names one, that of this software. Throws RulesUnknown. */
export async function readPolicy(
  ctx: Pick<HubContext, 'rules'>,
  db: Pick<Kysely<Schema>, 'selectFrom'>,
): Promise<Pick<Rules, 'policy' | 'epochSince'>> {
  const row = await db.selectFrom('log_fold').select(['policy', 'epoch_since']).executeTakeFirst();
  if (!row?.policy) return { policy: ctx.rules.policy };
  const policy = readJson(row.policy);
  refuseUnknownRules(policy);
  return { policy: policy as Policy, epochSince: row.epoch_since };
}
