import { conditionsAt } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { ReleaseWatchTable } from '../db/events-tables.ts';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { ReleaseStateTable, ReleaseTable, Schema } from '../db/schema.ts';
import { deriveEvents, nextLook } from './derive-events.ts';
import { lockEvents, recordEvents } from './record-events.ts';

const statesAtOnce = 500;

type Row = Pick<ReleaseStateTable, 'digest' | 'state' | 'statement_seq'> &
  Pick<ReleaseTable, 'publisher' | 'name' | 'version' | 'published_at'> &
  Partial<Pick<ReleaseWatchTable, 'phase' | 'reached' | 'first_call'>>;

/**
 * Looks at every release whose state has changed, by a statement or by time, and notes what became of it. It goes by the
 * kept states and not by statements, so whatever changes one is seen: a conviction, a new policy, a refold. Two changes
 * within one look are one. Returns how many releases it looked at.
 */
export async function followStates(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>): Promise<number> {
  return ctx.db.transaction().execute(async (tx) => {
    await lockEvents(tx);
    const changed = await selectChanged(tx);
    const due = await selectDue(tx, ctx.clock());
    const looked = [...changed, ...due.filter(({ digest }) => !changed.some((one) => one.digest === digest))];
    if (looked.length === 0) return 0;
    const seen = looked.map((row) => look(ctx, row));
    await writeWatches(tx, seen);
    await recordEvents(
      ctx,
      tx,
      seen.flatMap(({ row, events }) => events.map((event) => ({ ...event, release: row }))),
    );
    const last = changed.at(-1);
    if (last)
      await sql`
        insert into event_cursor (id, seq, release) values (1, ${last.statement_seq}, ${last.digest})
        on conflict (id) do update set seq = excluded.seq, release = excluded.release`.execute(tx);
    return looked.length;
  });
}

const columns = sql`state.digest, state.state, state.statement_seq, release.publisher, release.name, release.version,
  release.published_at, watch.phase, watch.reached, watch.first_call`;

async function selectChanged(tx: Transaction<Schema>): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select ${columns} from release_state as state join release on release.digest = state.digest
    left join release_watch as watch on watch.release = state.digest
    where (state.statement_seq, state.digest) > (
      coalesce((select seq from event_cursor), -1), coalesce((select release from event_cursor), ''))
    order by state.statement_seq, state.digest limit ${statesAtOnce}`.execute(tx);
  return rows;
}

async function selectDue(tx: Transaction<Schema>, now: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select ${columns} from release_watch as watch join release_state as state on state.digest = watch.release
    join release on release.digest = state.digest
    where watch.look_at <= ${now} order by watch.look_at limit ${statesAtOnce}`.execute(tx);
  return rows;
}

function look(ctx: Pick<HubContext, 'clock' | 'rules'>, row: Row) {
  const state = readJson(row.state);
  const now = ctx.clock();
  const known = row.phase && row.reached ? { phase: row.phase, reached: readJson(row.reached) } : null;
  const before = known && { ...known, firstCall: row.first_call === true };
  return {
    row,
    ...deriveEvents(before, conditionsAt(state, now, ctx.rules), row.published_at),
    lookAt: nextLook(state, now),
  };
}

async function writeWatches(tx: Transaction<Schema>, seen: readonly ReturnType<typeof look>[]): Promise<void> {
  await sql`
    insert into release_watch (release, phase, reached, first_call, look_at)
    select * from unnest(
      ${seen.map(({ row }) => row.digest)}::text[], ${seen.map(({ watch }) => watch.phase)}::text[],
      ${seen.map(({ watch }) => toJsonText(watch.reached))}::text[],
      ${seen.map(({ watch }) => watch.firstCall)}::boolean[], ${seen.map(({ lookAt }) => lookAt)}::bigint[])
    on conflict (release) do update set phase = excluded.phase, reached = excluded.reached,
      first_call = excluded.first_call, look_at = excluded.look_at`.execute(tx);
}
