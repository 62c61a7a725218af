import { type Address, type Digest, type ReleaseState, type StatementBody, signStatement } from '@callable/protocol';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { CallKind, UncountedCallTable } from '../db/calls-tables.ts';
import type { Schema } from '../db/schema.ts';
import { appendStatement } from '../fold/append-statement.ts';
import { findNodeStates } from '../fold/find-node-states.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { addDemand } from '../queue/add-demand.ts';
import { wakeStale } from '../queue/wake-stale.ts';

/** News of usage enters the log at most this often for one release; what changes its condition enters at once. */
const quietMs = 60_000;

/** One statement names so many nodes; calls that others answered are counted in the next. */
const nodesAtOnce = 200;

type Uncounted = Pick<Selectable<UncountedCallTable>, 'node' | 'kind' | 'count' | 'last_at'>;

/** Turns calls that were not counted yet into `release.called` statements. Returns how many releases had news. */
export async function countCalls(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes' | 'log'>,
): Promise<number> {
  const due = await sql<{ release: Digest }>`select distinct release from uncounted_call`.execute(ctx.db);
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
  if (!state) return false;
  const found = await tx
    .selectFrom('uncounted_call')
    .select(['node', 'kind', 'count', 'last_at'])
    .where('release', '=', release)
    .orderBy('node')
    .orderBy('kind')
    .forUpdate()
    .skipLocked()
    .execute();
  if (!isDue(ctx, state, found)) return false;
  const named = [...new Set(found.map(({ node }) => node))].filter((node) => node !== '').slice(0, nodesAtOnce);
  const rows = found.filter(({ node }) => node === '' || named.includes(node));
  if (rows.length === 0) return false;
  const taken = rows.map(({ node, kind }) => `${node} ${kind}`);
  await sql`delete from uncounted_call where release = ${release} and node || ' ' || kind = any(${taken})`.execute(tx);
  const standings = await findNodeStates(tx, named);
  // The word of a node that was caught lying is worth nothing, whoever asked it.
  const worth = rows.filter(({ node }) => node === '' || !standings.get(node)?.convicted);
  if (worth.length === 0) return false;
  const body = { ...sumUp(worth), callers: await countCallers(tx, release) };
  const calledAt = worth.reduce((latest, row) => Math.max(latest, row.last_at), 0);
  await addDemand(ctx, tx, release, { calls: body.signed + body.keyless + body.failed, calledAt });
  await wakeStale(ctx, tx, release, state);
  const statement = signStatement({ kind: 'release.called', subject: release, body, issuedAt: ctx.clock() }, ctx.key);
  await appendStatement(ctx, tx, statement);
  return true;
}

/** A minute has passed, or there is a call that proves more than all before it. */
function isDue(ctx: Pick<HubContext, 'clock'>, { tracks, calls }: ReleaseState, rows: readonly Uncounted[]): boolean {
  const { Worked } = tracks;
  if (Worked.checkedAt === null || ctx.clock() - Worked.checkedAt > quietMs) return true;
  if (calls.signed > 0) return false;
  return rows.some(({ kind }) => kind === 'signed' || (kind === 'keyless' && calls.keyless === 0));
}

function sumUp(rows: readonly Uncounted[]): Omit<StatementBody<'release.called'>, 'callers'> {
  const sum = (kind: CallKind, some = rows) =>
    some.reduce((total, row) => (row.kind === kind ? total + row.count : total), 0);
  const good = rows.filter(({ kind }) => kind === 'signed' || kind === 'keyless');
  const nodes = [...new Set(good.map(({ node }) => node))].filter((node): node is Address => node !== '');
  return {
    signed: sum('signed'),
    keyless: sum('keyless'),
    own: sum('own'),
    failed: sum('failed'),
    lastGoodAt: good.length > 0 ? good.reduce((latest, row) => Math.max(latest, row.last_at), 0) : null,
    // Whose answers they were, so that they fall with a node that is caught lying.
    byNode: nodes.map((node) => {
      const own = good.filter((row) => row.node === node);
      return { node, signed: sum('signed', own), keyless: sum('keyless', own) };
    }),
  };
}

/** Keys whose calls a node answered that was not caught lying; see `mostCallers`. */
async function countCallers(tx: Transaction<Schema>, release: Digest): Promise<number> {
  const row = await tx
    .selectFrom('release_caller')
    .leftJoin('node_state', 'node_state.node', 'release_caller.node')
    .select((select) => select.fn.countAll<string>().as('callers'))
    .where('release', '=', release)
    .where(sql<boolean>`node_state.convicted is not true`)
    .executeTakeFirst();
  return Number(row?.callers ?? 0);
}
