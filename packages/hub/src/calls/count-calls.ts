import { type Address, type Digest, type ReleaseState, signStatement, zeroAddress } from '@callable/protocol';
import type { Selectable, Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { ReceiptTable, Schema } from '../db/schema.ts';
import { appendStatement } from '../statements/append-statement.ts';

/** News of usage enters the log at most this often for one release; the first good call at once. */
const quietMs = 60_000;
const rowsAtOnce = 10_000;

type Uncounted = Pick<Selectable<ReceiptTable>, 'id' | 'caller' | 'node' | 'outcome' | 'at'>;

/** Turns receipts that were not counted yet into `release.called` statements. Returns how many releases had news. */
export async function countCalls(ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'key' | 'changes'>): Promise<number> {
  const due = await ctx.db
    .selectFrom('receipt')
    .select('release')
    .distinct()
    .where('counted', '=', false)
    .limit(1000)
    .execute();
  let told = 0;
  for (const { release } of due)
    told += (await ctx.db.transaction().execute((tx) => countRelease(ctx, tx, release))) ? 1 : 0;
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
  if (!state || !isDue(ctx, state)) return false;
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
  await tx
    .updateTable('receipt')
    .set({ counted: true })
    .where(
      'id',
      'in',
      rows.map((row) => row.id),
    )
    .execute();
  const probes = await probeCallersAmong(tx, rows);
  const body = sortCalls(
    rows.filter((row) => !probes.has(row.caller)),
    state.publisher,
  );
  if (body.signed + body.keyless + body.own + body.failed === 0) return false;
  const callers = await countCallers(tx, release, state.publisher);
  const statement = signStatement(
    { kind: 'release.called', subject: release, body: { ...body, callers }, issuedAt: ctx.clock() },
    ctx.key,
  );
  await appendStatement(ctx, tx, statement);
  return true;
}

function isDue(ctx: Pick<HubContext, 'clock'>, state: ReleaseState): boolean {
  const { Worked } = state.tracks;
  return Worked.reason !== 'CalledIndependently' || ctx.clock() - (Worked.checkedAt ?? 0) > quietMs;
}

async function probeCallersAmong(tx: Transaction<Schema>, rows: readonly Uncounted[]): Promise<Set<Address>> {
  const callers = [...new Set(rows.map((row) => row.caller))];
  const found = await tx.selectFrom('probe_caller').select('address').where('address', 'in', callers).execute();
  return new Set(found.map((row) => row.address));
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
    .where('caller', 'not in', (select) => select.selectFrom('probe_caller').select('address'))
    .executeTakeFirst();
  return Number(row?.callers ?? 0);
}
