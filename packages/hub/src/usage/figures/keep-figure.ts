import type { DayFigure } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { toJsonText } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { keepWhole } from './keep-whole.ts';
import { packCallers } from './pack-callers.ts';
import type { Subject } from './subject.ts';
import { writeWindows } from './write-windows.ts';

/** Keeps what a day figures to, and what it is for the windows of rankings. */
export async function keepFigure(
  tx: Transaction<Schema>,
  { kind, subject }: Subject,
  { day, sums, callers }: DayFigure,
  { counted, today }: { counted: number; today: number },
): Promise<void> {
  const row = {
    ...{ kind, subject, day, counted, sums: toJsonText(sums), callers: packCallers(callers) },
    ...{ weight: sums.trusted.weight, calls: sums.trusted.calls, relied: sums.relied.trusted },
    voices: callers.filter(({ isVoice }) => isVoice).length,
    reliers: callers.filter(({ isRelier }) => isRelier).length,
    ...{ claimed: sums.claimed, evidenced: sums.evidenced, unanswered: sums.failed + sums.cut },
  };
  await tx
    .insertInto('usage_figure')
    .values(row)
    // Of two hubs that make the same one, whoever saw less comes too late.
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'subject', 'day'])
        .doUpdateSet(row)
        .whereRef('usage_figure.counted', '<=', sql`excluded.counted`),
    )
    .execute();
  // The files of closed days are written from what is kept: this one is to be written again.
  if (day < today)
    await sql`insert into usage_day (day, changed) values (${day}, nextval('usage_stamp'))
      on conflict (day) do update set changed = excluded.changed`.execute(tx);
  await writeWindows(tx, today, sql`values (${kind}::smallint, ${subject}::bytea)`);
  await keepWhole(tx, { kind, subject }, today);
}
