import { randomUUID } from 'node:crypto';
import {
  type Address,
  addressOf,
  CallableError,
  type CallReport,
  type Digest,
  receiptId,
  SignedReceipt,
  verifyReceipt,
  zeroAddress,
} from '@callable/protocol';
import { Check } from 'typebox/value';
import type { HubContext } from '../context.ts';
import type { ReceiptTable } from '../db/schema.ts';

/**
 * Takes a gateway's account of the calls it passed on. A good call counts only with the receipt its node signed,
 * and each receipt counts once.
 */
export async function recordCalls(
  ctx: Pick<HubContext, 'db' | 'config' | 'key' | 'log'>,
  gateway: Address,
  reports: readonly CallReport[],
): Promise<void> {
  if (gateway !== addressOf(ctx.key) && !ctx.config.trustedGateways.includes(gateway))
    throw new CallableError('SignerNotAllowed', `${gateway} is not a gateway this hub counts for.`);
  const rows = reports.map((report) => rowOf(ctx, report)).filter((row) => row !== null);
  if (rows.length === 0) return;
  await ctx.db
    .insertInto('receipt')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function rowOf(ctx: Pick<HubContext, 'log'>, report: CallReport): ReceiptTable | null {
  const { release, at } = report;
  if (report.outcome === 'failed')
    return {
      id: `failed-${randomUUID()}`,
      release,
      node: null,
      caller: zeroAddress,
      at,
      outcome: 'failed',
      content: null,
      counted: false,
    };
  const { receipt } = report;
  if (!Check(SignedReceipt, receipt) || !verifyReceipt(receipt, { release: bareDigest(release) }).ok) {
    ctx.log.warn({ release }, 'a reported call has no valid receipt and is not counted');
    return null;
  }
  return {
    id: receiptId(receipt),
    release,
    node: receipt.node,
    caller: receipt.caller,
    at: receipt.finishedAt,
    outcome: 'good',
    content: JSON.stringify(receipt),
    counted: false,
  };
}

const bareDigest = (digest: Digest) => digest.slice('sha256:'.length);
