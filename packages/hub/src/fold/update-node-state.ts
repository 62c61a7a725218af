import {
  type Address,
  emptyNodeState,
  type LoggedStatement,
  type NodeState,
  ownMember,
  parseAddress,
  reduceState,
  statementId,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { discountConvicted } from './discount-convicted.ts';
import { findNodeStates } from './find-node-states.ts';
import { loadRules } from './load-rules.ts';
import { writeNodeStates } from './write-node-states.ts';

/** Folds one more statement into the standing of its node; a conviction takes back all that node has said, at once. */
export async function updateNodeState(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
  seq: number,
): Promise<void> {
  const node = parseAddress(logged.statement.subject);
  if (!node) return;
  const before = (await findNodeStates(tx, [node])).get(node) ?? emptyNodeState(node);
  const rules = await loadRules(ctx, tx, logged, { nodes: auditorsOf(before, logged) });
  const after = reduceState('node', before, logged, rules);
  if (after === before) return;
  await writeNodeStates(tx, new Map([[node, after]]), seq);
  if (before.convicted || !after.convicted) return;
  const conviction = { node, at: logged.loggedAt, id: statementId(logged.statement), seq };
  await discountConvicted(ctx, tx, conviction, rules);
}

/** Whoever else judges the same call: what a convicted one said is not heard. */
function auditorsOf({ drawn }: NodeState, { statement }: LoggedStatement): readonly Address[] {
  const { receipt } = statement.body as { receipt?: unknown };
  return typeof receipt === 'string' ? (ownMember(drawn, receipt)?.auditors ?? []) : [];
}
