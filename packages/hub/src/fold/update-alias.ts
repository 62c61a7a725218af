import { type Alias, type LoggedStatement, reduceState } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { loadRules } from './load-rules.ts';
import { writeAlias } from './write-alias.ts';

/** Folds one more statement about an alias. */
export async function updateAlias(
  ctx: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
): Promise<void> {
  const { subject } = logged.statement;
  const row = await tx.selectFrom('alias').select('content').where('subject', '=', subject).executeTakeFirst();
  const before = row ? (JSON.parse(row.content) as Alias) : null;
  await writeAlias(tx, subject, reduceState('alias', before, logged, await loadRules(ctx, tx, logged)));
}
