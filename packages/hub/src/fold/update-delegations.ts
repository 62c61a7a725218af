import { type LoggedStatement, reduceState } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findDelegations } from './find-delegations.ts';
import { writeDelegations } from './write-delegations.ts';

/** Folds a delegation or a revocation into what its principal has delegated. */
export async function updateDelegations(
  { rules }: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
): Promise<void> {
  const { signer, subject } = logged.statement;
  // The fold takes only what a principal says of itself.
  if (signer !== subject) return;
  const before = await findDelegations(tx, [signer]);
  const after = reduceState('key', before, logged, rules);
  if (after !== before) await writeDelegations(tx, signer, after);
}
