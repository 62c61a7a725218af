import { type Digest, type FoldPlace, findKind, type LoggedStatement } from '@callable/protocol';
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

type Fold = (
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
  seq: number,
) => Promise<void>;

/** Where each state of the fold is kept: a state that the protocol adds does not compile without its row here. */
const keptStates: { readonly [Place in FoldPlace]: Fold } = {
  release: async (ctx, tx, logged, seq) => {
    await updateReleaseState(ctx, tx, logged, seq);
    await recordChange(tx, { topic: 'release', subject: logged.statement.subject as Digest });
  },
  node: updateNodeState,
  key: updateDelegations,
  alias: updateAlias,
  label: updateLabel,
  policy: updatePolicy,
};

/** Folds one more statement of the log into the state its kind changes: the step of `reduceNetwork`, kept in tables. */
export async function foldStatement(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
  seq: number,
): Promise<void> {
  const place = findKind(logged.statement.kind)?.folds;
  if (place) await keptStates[place](ctx, tx, logged, seq);
}
