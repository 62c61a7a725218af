import { type LoggedStatement, reduceState } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findAlias } from './find-alias.ts';
import { loadRules } from './load-rules.ts';
import { writeAlias } from './write-alias.ts';

/** Folds one more statement about an alias. */
export async function updateAlias(
  ctx: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
): Promise<void> {
  const { subject } = logged.statement;
  const before = await findAlias(tx, subject);
  await writeAlias(tx, subject, reduceState('alias', before, logged, await loadRules(ctx, tx, logged)));
}
