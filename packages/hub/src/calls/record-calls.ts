import { randomUUID } from 'node:crypto';
import {
  type Address,
  addressOf,
  CallableError,
  type CallReport,
  hexOfDigest,
  maxClockSkewMs,
  nodeOf,
  parseReceipt,
  sessionOf,
  verifyReceipt,
  zeroAddress,
} from '@callable/protocol';
import { stateForks } from '../audits/state-forks.ts';
import type { HubContext } from '../context.ts';
import { toJsonText } from '../db/json-text.ts';
import type { ReceiptTable } from '../db/schema.ts';
import type { EvidenceBudget } from './evidence-budget.ts';

/** A call is reported within this time or not counted: the keys of probes are remembered for longer than that. */
export const oldestReportMs = 24 * 3600_000;

/**
 * Takes a gateway's account of the calls it passed on. A good call counts only with the receipt its node signed,
 * when that node has joined and the caller was no probe, and each receipt counts once. That of a node which has not joined is
 * no usage, and is kept within a bound: it enters the log, so that the answer can be audited and held against its key.
 */
export async function recordCalls(
  ctx: Pick<HubContext, 'db' | 'config' | 'key' | 'log' | 'clock' | 'rules' | 'changes'>,
  gateway: Address,
  reports: readonly CallReport[],
  evidence: EvidenceBudget,
): Promise<void> {
  if (gateway !== addressOf(ctx.key) && !ctx.config.trustedGateways.includes(gateway))
    throw new CallableError('SignerNotAllowed', `${gateway} is not a gateway this hub counts for.`);
  const rows = reports
    .filter((report) => !report.probe)
    .map((report) => rowOf(ctx, report))
    .filter((row) => row !== null);
  const { counting, strangers } = await sortByNode(ctx, rows);
  if (counting.length < reports.length)
    ctx.log.info({ gateway, reports: reports.length, counting: counting.length }, 'not every reported call counts');
  const kept = [...counting, ...strangers.slice(0, evidence.take(gateway, strangers.length))];
  if (kept.length === 0) return;
  await ctx.db
    .insertInto('receipt')
    // In one order: two reports with the same receipts would else wait for each other.
    .values(kept.sort((a, b) => (a.id < b.id ? -1 : 1)))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await stateForks(
    ctx,
    kept.map(({ id }) => id),
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
  if (!receipt || (receipt.version !== 1 && receipt.end !== 0)) return null;
  const verdict = verifyReceipt(receipt, { release: hexOfDigest(release) });
  if (!verdict.ok) return null;
  const time = at(receipt.finishedAt);
  return time === null
    ? null
    : {
        id: verdict.id,
        release,
        node: nodeOf(receipt),
        caller: receipt.caller,
        at: time,
        outcome: 'good',
        content: toJsonText(receipt),
        number: receipt.seq,
        session: sessionOf(receipt),
        counted: false,
      };
}

/** Leaves out calls of releases nobody here knows, those of nodes caught lying, and the hub's own probes. `strangers` never count. */
async function sortByNode(
  ctx: Pick<HubContext, 'db'>,
  rows: readonly ReceiptTable[],
): Promise<{ counting: ReceiptTable[]; strangers: ReceiptTable[] }> {
  if (rows.length === 0) return { counting: [], strangers: [] };
  const distinct = <Value>(values: readonly Value[]) => [...new Set(values)];
  const nodes = distinct(rows.map((row) => row.node ?? zeroAddress));
  const callers = distinct(rows.map((row) => row.caller));
  const digests = distinct(rows.map((row) => row.release));
  const joined = await ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['address', 'node_state.convicted'])
    .where('address', 'in', nodes)
    .execute();
  const probes = await ctx.db.selectFrom('probe_caller').select('address').where('address', 'in', callers).execute();
  const known = await ctx.db.selectFrom('release').select('digest').where('digest', 'in', digests).execute();
  const isJoined = new Set<Address | null>(joined.map((row) => row.address));
  const isCounted = new Set<Address | null>([
    null,
    ...joined.filter(({ convicted }) => convicted !== true).map((row) => row.address),
  ]);
  const isProbe = new Set(probes.map((row) => row.address));
  const isKnown = new Set(known.map((row) => row.digest));
  const sound = rows.filter((row) => !isProbe.has(row.caller) && isKnown.has(row.release));
  return {
    counting: sound.filter((row) => isCounted.has(row.node)),
    strangers: sound
      .filter((row) => row.node !== null && !isJoined.has(row.node))
      .map((row) => ({ ...row, counted: true })),
  };
}
