import {
  type Address,
  type Digest,
  type NodeState,
  type ReleaseState,
  signStatement,
  zeroAddress,
} from '@callable/protocol';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { ReceiptTable, Schema } from '../db/schema.ts';
import { appendStatement } from '../fold/append-statement.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { addDemand } from '../queue/add-demand.ts';
import { wakeStale } from '../queue/wake-stale.ts';

/** News of usage enters the log at most this often for one release; what changes its condition enters at once. */
const quietMs = 60_000;
const rowsAtOnce = 10_000;

/** One statement names so many nodes; calls that others answered are counted in the next. */
const nodesAtOnce = 200;

type Uncounted = Pick<Selectable<ReceiptTable>, 'id' | 'caller' | 'node' | 'outcome' | 'at'>;

/** Turns receipts that were not counted yet into `release.called` statements. Returns how many releases had news. */
export async function countCalls(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes' | 'log'>,
): Promise<number> {
  const due = await sql<{ release: Digest }>`select distinct release from receipt where not counted`.execute(ctx.db);
  let told = 0;
  for (const { release } of due.rows) {
    // What cannot be counted for one release does not stop the others.
    const hasNews = await ctx.db
      .transaction()
      .execute((tx) => countRelease(ctx, tx, release))
      .catch((error: unknown) => {
        ctx.log.error({ err: error, release }, 'the calls of a release could not be counted');
        return false;
      });
    if (hasNews) told++;
  }
  if (told > 0) ctx.changes.emit({ topic: 'outbox', subject: '' });
  return told;
}

async function countRelease(
  ctx: Pick<HubContext, 'clock' | 'rules' | 'key' | 'changes'>,
  tx: Transaction<Schema>,
  release: Digest,
): Promise<boolean> {
  const state = await findReleaseState(tx, release);
  if (!state || !(await isDue(ctx, tx, release, state))) return false;
  const found = await tx
    .selectFrom('receipt')
    .select(['id', 'caller', 'node', 'outcome', 'at'])
    .where('release', '=', release)
    .where('counted', '=', false)
    .limit(rowsAtOnce)
    .forUpdate()
    .skipLocked()
    .execute();
  const nodes = [...new Set(found.map((row) => row.node).filter((node) => node !== null))].slice(0, nodesAtOnce);
  const rows = found.filter((row) => row.node === null || nodes.includes(row.node));
  if (rows.length === 0) return false;
  const ids = rows.map((row) => row.id);
  await sql`update receipt set counted = true where id = any(${ids})`.execute(tx);
  const standings = await findNodeStates(tx, nodes);
  // The word of a node that was caught lying is worth nothing, whoever asked it.
  const worth = rows.filter((row) => row.node === null || !standings.get(row.node)?.convicted);
  if (worth.length === 0) return false;
  const callers = await countCallers(tx, release, state.publisher);
  const body = { ...sortCalls(worth, state.publisher, standings), callers };
  const calledAt = worth.reduce((latest, row) => Math.max(latest, row.at), 0);
  await addDemand(ctx, tx, release, { calls: body.signed + body.keyless + body.failed, calledAt });
  await wakeStale(ctx, tx, release, state);
  const statement = signStatement({ kind: 'release.called', subject: release, body, issuedAt: ctx.clock() }, ctx.key);
  await appendStatement(ctx, tx, statement);
  return true;
}

/** A minute has passed, or there is a call that proves more than all before it. */
async function isDue(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  release: Digest,
  state: ReleaseState,
): Promise<boolean> {
  const { Worked } = state.tracks;
  if (Worked.checkedAt === null || ctx.clock() - Worked.checkedAt > quietMs) return true;
  if (state.calls.signed > 0) return false;
  const publisher = state.publisher ?? zeroAddress;
  const better = await sql`
    select 1 from receipt where release = ${release} and not counted and outcome = 'good'
      and caller not in (${publisher}, ${state.calls.keyless > 0 ? zeroAddress : ''}) and caller <> node
    limit 1`.execute(tx);
  return better.rows.length > 0;
}

/** Whose calls these were. The publisher and the operator of the answering node prove nothing about strangers. */
function sortCalls(rows: readonly Uncounted[], publisher: Address | null, standings: ReadonlyMap<string, NodeState>) {
  const good = rows.filter((row) => row.outcome === 'good');
  const operatorOf = (node: Address | null) => standings.get(node ?? '')?.operator ?? node;
  const isOwn = (row: Uncounted) =>
    row.caller === publisher || row.caller === row.node || row.caller === operatorOf(row.node);
  const keyless = good.filter((row) => row.caller === zeroAddress);
  const own = good.filter((row) => row.caller !== zeroAddress && isOwn(row));
  const signed = good.filter((row) => row.caller !== zeroAddress && !isOwn(row));
  const times = [...keyless, ...signed].map((row) => row.at);
  return {
    signed: signed.length,
    keyless: keyless.length,
    own: own.length,
    failed: rows.length - good.length,
    lastGoodAt: times.length > 0 ? times.reduce((a, b) => Math.max(a, b)) : null,
    byNode: countByNode(signed, keyless),
  };
}

/** Whose answers they were, so that they fall with a node that is caught lying. */
function countByNode(signed: readonly Uncounted[], keyless: readonly Uncounted[]) {
  const nodes = [...new Set([...signed, ...keyless].map((row) => row.node).filter((node) => node !== null))];
  const count = (rows: readonly Uncounted[], node: Address) => rows.filter((row) => row.node === node).length;
  return nodes.map((node) => ({ node, signed: count(signed, node), keyless: count(keyless, node) }));
}

async function countCallers(tx: Transaction<Schema>, release: Digest, publisher: Address | null): Promise<number> {
  const row = await tx
    .selectFrom('receipt')
    // Of nodes that joined: receipts of others are evidence, and no usage.
    .innerJoin('node', 'node.address', 'receipt.node')
    .leftJoin('node_state', 'node_state.node', 'receipt.node')
    .select((select) => select.fn.count<string>('caller').distinct().as('callers'))
    .where('release', '=', release)
    .where('outcome', '=', 'good')
    .where('caller', 'not in', [zeroAddress, publisher ?? zeroAddress])
    .whereRef('caller', '!=', 'receipt.node')
    // A node that no statement is about is its own operator.
    .where(sql<boolean>`caller is distinct from node_state.operator and node_state.convicted is not true`)
    .executeTakeFirst();
  return Number(row?.callers ?? 0);
}
