import { type Address, CallableError, type NodeStatus, statusOf } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { connectedForMs } from './list-connected-nodes.ts';
import { wakeWaitingDraws } from './wake-waiting-draws.ts';

/**
 * Notes that a node is there, how it is, and from where it asks: the network of a party, and the sender within. Says whether it
 * leaves just now.
 */
export async function touchNode(
  ctx: Pick<HubContext, 'db' | 'clock' | 'changes'>,
  address: Address,
  announcement: NodeStatus,
  from: { network: string; sender: string },
): Promise<{ leaves: boolean }> {
  const now = ctx.clock();
  const before = await ctx.db
    .selectFrom('node')
    .select(['last_seen_at', 'announcement'])
    .where('address', '=', address)
    .executeTakeFirst();
  if (!before) throw new CallableError('NodeNotFound', `The node ${address} has not joined.`);
  const isBack = before.last_seen_at === null || before.last_seen_at <= now - connectedForMs;
  // Whoever leaves says so: releases that waited for its report look for another validator at once.
  const leaves = announcement.draining && !wasDraining(before.announcement);
  await ctx.db.transaction().execute(async (tx) => {
    await tx
      .updateTable('node')
      .set({ last_seen_at: now, announcement: toJsonText(statusOf(announcement)), ...from })
      .where('address', '=', address)
      .execute();
    if (isBack || leaves) await wakeWaitingDraws(ctx, tx);
    if (isBack) await wakePausingTasks(ctx, tx, address);
  });
  if (isBack || leaves) ctx.changes.emit({ topic: 'outbox', subject: '' });
  return { leaves };
}

const wasDraining = (announcement: JsonText<NodeStatus> | null) =>
  announcement !== null && readJson(announcement).draining;

/** Whoever started the node again may have mended what its tasks failed at. Attempts go on being counted. */
async function wakePausingTasks(ctx: Pick<HubContext, 'clock'>, tx: Transaction<Schema>, node: Address): Promise<void> {
  await tx
    .updateTable('job')
    .set({ run_at: ctx.clock() })
    .where('assignee', '=', node)
    .where('state', '=', 'ready')
    .where('run_at', '>', ctx.clock())
    .execute();
}
