import { type Address, type Digest, type ReleaseState, signStatement, zeroAddress } from '@callable/protocol';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { ReceiptTable, Schema } from '../db/schema.ts';
import { appendStatement } from '../statements/append-statement.ts';

/** News of usage enters the log at most this often for one release; what changes its condition enters at once. */
const quietMs = 60_000;
const rowsAtOnce = 10_000;

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
  ctx: Pick<HubContext, 'clock' | 'rules' | 'key'>,
  tx: Transaction<Schema>,
  release: Digest,
): Promise<boolean> {
  const known = await tx.selectFrom('release_state').select('state').where('digest', '=', release).executeTakeFirst();
  const state = known ? (JSON.parse(known.state) as ReleaseState) : null;
  if (!state || !(await isDue(ctx, tx, release, state))) return false;
  const rows = await tx
    .selectFrom('receipt')
    .select(['id', 'caller', 'node', 'outcome', 'at'])
    .where('release', '=', release)
    .where('counted', '=', false)
    .limit(rowsAtOnce)
    .forUpdate()
    .skipLocked()
    .execute();
  if (rows.length === 0) return false;
  const ids = rows.map((row) => row.id);
  await sql`update receipt set counted = true where id = any(${ids})`.execute(tx);
  const callers = await countCallers(tx, release, state.publisher);
  const body = { ...sortCalls(rows, state.publisher), callers };
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
function sortCalls(rows: readonly Uncounted[], publisher: Address | null) {
  const good = rows.filter((row) => row.outcome === 'good');
  const isOwn = (row: Uncounted) => row.caller === publisher || row.caller === row.node;
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
  };
}

async function countCallers(tx: Transaction<Schema>, release: Digest, publisher: Address | null): Promise<number> {
  const row = await tx
    .selectFrom('receipt')
    .select((select) => select.fn.count<string>('caller').distinct().as('callers'))
    .where('release', '=', release)
    .where('outcome', '=', 'good')
    .where('caller', 'not in', [zeroAddress, publisher ?? zeroAddress])
    .whereRef('caller', '!=', 'node')
    .executeTakeFirst();
  return Number(row?.callers ?? 0);
}
