import { performance } from 'node:perf_hooks';
import { dayOf } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../../context.ts';
import { figureSubject } from './figure-subject.ts';
import { keepFigure } from './keep-figure.ts';
import { slideWindows } from './slide-windows.ts';
import { nameOf, type Subject } from './subject.ts';
import { touchByFacts } from './touch-by-facts.ts';

type Context = Pick<HubContext, 'db' | 'clock'>;
type Touched = Subject & { day: number; stamp: number };

/** A figure that takes long is made again after so many times what it took: the large ones leave most of the time to the others. */
const restFor = 5;
/** Below this it is as good as nothing, and nothing is remembered of it. */
const quickMs = 20;
const atOnce = 200;

/** When (performance.now) the slow ones may be figured again, by name and day. */
export type FigurePace = Map<string, number>;

/**
 * Makes the figures whose rows or facts have changed, the longest untouched first, and slides the windows of rankings. A figure is made
 * of one snapshot and kept as of it; what was counted meanwhile touches it again. Returns how many were made.
 */
export async function keepFigures(ctx: Context, pace: FigurePace = new Map(), signal?: AbortSignal): Promise<number> {
  while (await touchByFacts(ctx)) signal?.throwIfAborted();
  let made = 0;
  for (;;) {
    const touched = await listTouched(ctx, pace);
    for (const one of touched) {
      signal?.throwIfAborted();
      const begun = performance.now();
      await makeFigure(ctx, one);
      const took = performance.now() - begun;
      if (took > quickMs) pace.set(`${nameOf(one)} ${one.day}`, performance.now() + restFor * took);
      made++;
    }
    if (touched.length < atOnce) break;
  }
  while (await slideWindows(ctx)) signal?.throwIfAborted();
  return made;
}

async function listTouched({ db }: Pick<Context, 'db'>, pace: FigurePace): Promise<Touched[]> {
  const now = performance.now();
  for (const [name, after] of pace) if (after <= now) pace.delete(name);
  const { rows } = await sql<Touched>`
    select kind, subject, day, stamp from usage_touched order by stamp limit ${atOnce + pace.size}`.execute(db);
  return rows.filter((one) => !pace.has(`${nameOf(one)} ${one.day}`)).slice(0, atOnce);
}

async function makeFigure(ctx: Context, touched: Touched): Promise<void> {
  const { kind, subject, day, stamp } = touched;
  const { counted, figure } = await ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const { rows } = await sql<{ counted: number }>`select seq + 1 as counted from usage_cursor`.execute(tx);
      return { counted: rows[0]?.counted ?? 0, figure: await figureSubject(tx, touched, day) };
    });
  await ctx.db.transaction().execute(async (tx) => {
    await keepFigure(tx, touched, figure, { counted, today: dayOf(ctx.clock()) });
    const { rows } = await sql`
      delete from usage_touched where kind = ${kind} and subject = ${subject} and day = ${day} and stamp = ${stamp} returning 1
    `.execute(tx);
    // Touched again meanwhile: it is still to be made, and what it lacks is less.
    if (rows.length === 0)
      await sql`update usage_touched set since = greatest(since, ${counted}::bigint)
        where kind = ${kind} and subject = ${subject} and day = ${day}`.execute(tx);
  });
}
