import { type Digest, receiptId, type SignedReceipt, sessionOf } from '@callable/protocol';
import { toJsonText } from '../src/db/json-text.ts';
import type { HubContext } from '../src/index.ts';

/** Receipts of version 1 and 2, as hubs of before kept them: nobody issues or reports them any more. */
export async function fileOldReceipts(
  ctx: Pick<HubContext, 'db'>,
  receipts: readonly Exclude<SignedReceipt, { version: 3 }>[],
  { counted = true }: { counted?: boolean } = {},
): Promise<void> {
  const rows = receipts.map((receipt) => ({
    ...{ id: receiptId(receipt), release: `sha256:${receipt.release}` as Digest, node: receipt.node },
    ...{ caller: receipt.caller, at: receipt.finishedAt, outcome: 'good' as const, counted },
    ...{ content: toJsonText<SignedReceipt>(receipt), number: receipt.seq, session: sessionOf(receipt) },
  }));
  await ctx.db.insertInto('receipt').values(rows).execute();
}
