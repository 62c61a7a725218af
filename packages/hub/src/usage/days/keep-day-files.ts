import { dayMs, dayOf } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import type { Schema } from '../../db/schema.ts';
import { readMoment } from '../figures/read-moment.ts';
import { networkSubject } from '../figures/subject.ts';
import { listDayFiles } from './day-files.ts';
import { readDayFigures } from './read-day-figures.ts';
import { writeDayFiles } from './write-day-files.ts';

type Context = Pick<HubContext, 'db' | 'clock' | 'tlog'>;

/**
 * A day that is written is written again so much later at the earliest. attack: a statement about a key touches every day on which it
 * called, and ninety days are a gigabyte.
 */
const againMs = 3600_000;
/** After midnight: whatever entered the log before is committed by then. What comes later all the same has the day written again. */
const graceMs = 30_000;

/** Writes the days that are over and figured, and those whose figures changed since. Returns how many. */
export async function keepDayFiles(ctx: Context, signal?: AbortSignal): Promise<number> {
  let written = 0;
  while (await keepNext(ctx)) {
    written++;
    signal?.throwIfAborted();
  }
  return written;
}

async function keepNext(ctx: Context): Promise<boolean> {
  if (ctx.tlog.isRefused) return false;
  const made = await ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      // Of two hubs one writes.
      const { rows: lock } = await sql<{ isMine: boolean }>`
        select pg_try_advisory_xact_lock(hashtextextended('usage days', 0)) as "isMine"`.execute(tx);
      const next = lock[0]?.isMine ? await findNext(ctx, tx) : null;
      if (!next) return null;
      const { day, changed } = next;
      const { counted, size } = await readMoment(tx, networkSubject, { from: day, until: day });
      const rows = await writeDayFiles(ctx, day, readDayFigures(tx, day), { counted, size });
      return { day, row: { written: changed, written_at: ctx.clock(), rows, counted, size } };
    });
  if (!made) return false;
  await ctx.db
    .insertInto('usage_day')
    .values({ day: made.day, ...made.row })
    .onConflict((conflict) => conflict.column('day').doUpdateSet(made.row))
    .execute();
  return true;
}

async function findNext(ctx: Context, tx: Transaction<Schema>): Promise<{ day: number; changed: number } | null> {
  const now = ctx.clock();
  const closed = dayOf(now - graceMs);
  const there = await listDayFiles(ctx);
  const { rows } = await sql<{ day: number; changed: number }>`
    select figure.day, coalesce(changed, 0) as changed from usage_figure as figure
    left join usage_day on usage_day.day = figure.day
    where figure.kind = ${networkSubject.kind} and figure.subject = ${networkSubject.subject} and figure.day < ${closed}
      and (written is null or figure.day <> all(${there}::integer[])
        or (written <> changed and written_at <= ${now - againMs}))
      and not exists (select 1 from usage_touched as touched where touched.day = figure.day)
      and not exists (
        select 1 from segment join statement on statement.seq = segment.batch
        where segment.batch > (select seq from usage_cursor) and statement.logged_at < (figure.day + 1) * ${dayMs}::bigint)
    order by figure.day desc limit 1`.execute(tx);
  return rows[0] ?? null;
}
