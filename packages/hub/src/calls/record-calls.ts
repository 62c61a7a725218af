import { randomUUID } from 'node:crypto';
import {
  type Address,
  addressOf,
  CallableError,
  type CallReport,
  hexOfDigest,
  maxClockSkewMs,
  parseReceipt,
  sessionOf,
  verifyReceipt,
  zeroAddress,
} from '@callable/protocol';
import { sql } from 'kysely';
import { stateForks } from '../audits/state-forks.ts';
import type { HubContext } from '../context.ts';
import { toJsonText } from '../db/json-text.ts';
import type { ReceiptTable } from '../db/schema.ts';

/** A call is reported within this time or not counted: the keys of probes are remembered for longer than that. */
export const oldestReportMs = 24 * 3600_000;

/**
 * Takes a gateway's account of the calls it passed on. A good call counts only with the receipt its node signed,
 * when that node has joined and the caller was no probe, and each receipt counts once.
 */
export async function recordCalls(
  ctx: Pick<HubContext, 'db' | 'config' | 'key' | 'log' | 'clock' | 'rules' | 'changes'>,
  gateway: Address,
  reports: readonly CallReport[],
): Promise<void> {
  if (gateway !== addressOf(ctx.key) && !ctx.config.trustedGateways.includes(gateway))
    throw new CallableError('SignerNotAllowed', `${gateway} is not a gateway this hub counts for.`);
  const rows = reports
    .filter((report) => !report.probe)
    .map((report) => rowOf(ctx, report))
    .filter((row) => row !== null);
  const counting = await withoutStrangers(ctx, rows);
  if (counting.length < reports.length)
    ctx.log.info({ gateway, reports: reports.length, counting: counting.length }, 'not every reported call counts');
  if (counting.length === 0) return;
  await ctx.db
    .insertInto('receipt')
    // In one order: two reports with the same receipts would else wait for each other.
    .values(counting.sort((a, b) => (a.id < b.id ? -1 : 1)))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await stateForks(
    ctx,
    counting.map(({ id }) => id),
  );
}

function rowOf(ctx: Pick<HubContext, 'clock'>, report: CallReport): ReceiptTable | null {
  const { release } = report;
  const at = (time: number) => {
    const now = ctx.clock();
    return time > now - oldestReportMs && time < now + maxClockSkewMs ? Math.min(time, now) : null;
  };
  if (report.outcome === 'failed') {
    const time = at(report.at);
    return time === null
      ? null
      : {
          id: `failed-${randomUUID()}`,
          release,
          node: null,
          caller: zeroAddress,
          at: time,
          outcome: 'failed',
          content: null,
          number: null,
          session: '',
          counted: false,
        };
  }
  const receipt = parseReceipt(report.receipt);
  // An answer that was cut is none that can be counted as good.
  if (!receipt || (receipt.version === 2 && receipt.end !== 0)) return null;
  const verdict = verifyReceipt(receipt, { release: hexOfDigest(release) });
  if (!verdict.ok) return null;
  const time = at(receipt.finishedAt);
  return time === null
    ? null
    : {
        id: verdict.id,
        release,
        node: receipt.node,
        caller: receipt.caller,
        at: time,
        outcome: 'good',
        content: toJsonText(receipt),
        number: receipt.seq,
        session: sessionOf(receipt),
        counted: false,
      };
}

/** Leaves out calls of releases and nodes nobody here knows, those of nodes caught lying, and the hub's own probes. */
async function withoutStrangers(ctx: Pick<HubContext, 'db'>, rows: readonly ReceiptTable[]): Promise<ReceiptTable[]> {
  if (rows.length === 0) return [];
  const distinct = <Value>(values: readonly Value[]) => [...new Set(values)];
  const nodes = distinct(rows.map((row) => row.node ?? zeroAddress));
  const callers = distinct(rows.map((row) => row.caller));
  const digests = distinct(rows.map((row) => row.release));
  const joined = await ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select('address')
    .where('address', 'in', nodes)
    .where(sql<boolean>`node_state.convicted is not true`)
    .execute();
  const probes = await ctx.db.selectFrom('probe_caller').select('address').where('address', 'in', callers).execute();
  const known = await ctx.db.selectFrom('release').select('digest').where('digest', 'in', digests).execute();
  const isJoined = new Set<Address | null>([null, ...joined.map((row) => row.address)]);
  const isProbe = new Set(probes.map((row) => row.address));
  const isKnown = new Set(known.map((row) => row.digest));
  return rows.filter((row) => isJoined.has(row.node) && !isProbe.has(row.caller) && isKnown.has(row.release));
}
