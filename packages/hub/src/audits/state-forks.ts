import { nodeOf, type SignedReceipt, signStatement } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson } from '../db/json-text.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';

/**
 * Says it in the log when one of these receipts has the number of another in the same session of the same node: each signature vouches for
 * its own, so the two of them prove the fork to anybody.
 */
export async function stateForks(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes'>,
  ids: readonly string[],
): Promise<void> {
  const forks = await sql<Record<'first' | 'second', JsonText<SignedReceipt>>>`
    select distinct on (receipt.node) receipt.content as first, other.content as second
    from receipt
    join receipt as other on other.node = receipt.node and other.session = receipt.session
      and other.number = receipt.number and other.id <> receipt.id
    left join node_state on node_state.node = receipt.node
    where receipt.id = any(${ids}::text[]) and node_state.convicted is not true`.execute(ctx.db);
  for (const row of forks.rows) {
    const first = readJson(row.first);
    const second = readJson(row.second);
    const fact = { kind: 'receipt.forked', subject: nodeOf(first), body: { first, second }, issuedAt: ctx.clock() };
    await ctx.db.transaction().execute(async (tx) => {
      await lockLog(tx);
      await appendStatement(ctx, tx, signStatement(fact, ctx.key));
    });
  }
  if (forks.rows.length > 0) ctx.changes.emit({ topic: 'outbox', subject: '' });
}
