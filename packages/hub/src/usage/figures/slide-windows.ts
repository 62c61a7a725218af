import { dayOf } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../../context.ts';
import { keepWhole } from './keep-whole.ts';
import { writeWindows } from './write-windows.ts';

const atOnce = 500;

/** A day later every window is of other days, whether anybody called or not: so many at once. Returns whether there may be more. */
export async function slideWindows(ctx: Pick<HubContext, 'db' | 'clock'>): Promise<boolean> {
  const today = dayOf(ctx.clock());
  return ctx.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ kind: number; subject: Buffer; isLarge: boolean }>`
      select kind, subject, figure is not null as "isLarge" from usage_window where kind between 0 and 3 and until < ${today}
      order by kind, until limit ${atOnce}`.execute(tx);
    if (rows.length === 0) return false;
    const kinds = rows.map(({ kind }) => kind);
    const subjects = rows.map(({ subject }) => subject.toString('hex'));
    await writeWindows(
      tx,
      today,
      sql`select kind, decode(hex, 'hex') from unnest(${kinds}::smallint[], ${subjects}::text[]) as given (kind, hex)`,
    );
    for (const { isLarge, ...subject } of rows) if (isLarge) await keepWhole(tx, subject, today);
    return rows.length === atOnce;
  });
}
