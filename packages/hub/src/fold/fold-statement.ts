import { type Digest, type LoggedStatement, subjectOf } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { recordChange } from '../changes/record-change.ts';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { updateAlias } from './update-alias.ts';
import { updateDelegations } from './update-delegations.ts';
import { updateLabel } from './update-label.ts';
import { updateNodeState } from './update-node-state.ts';
import { updatePolicy } from './update-policy.ts';
import { updateReleaseState } from './update-release-state.ts';

/** Folds one more statement of the log into the state of what it is about: the step of `reduceNetwork`, kept in tables. */
export async function foldStatement(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
  seq: number,
): Promise<void> {
  const { kind, subject } = logged.statement;
  switch (subjectOf(kind)) {
    case 'release':
      await updateReleaseState(ctx, tx, logged, seq);
      return recordChange(tx, { topic: 'release', subject: subject as Digest });
    case 'node':
      return updateNodeState(ctx, tx, logged, seq);
    case 'key':
      return updateDelegations(tx, logged);
    case 'alias':
      return updateAlias(ctx, tx, logged);
    case 'label':
      return updateLabel(tx, logged);
    case 'policy':
      return updatePolicy(ctx, tx, logged);
    default:
  }
}
