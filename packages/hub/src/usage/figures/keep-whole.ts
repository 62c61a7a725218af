import { mergeDays, windowDays } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { toJsonText } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { callerBytes } from './pack-callers.ts';
import { readFigures } from './read-figures.ts';
import type { Subject } from './subject.ts';

/** From so many callers of a window on (a millisecond of counting), each once a day. */
const manyCallers = 2_000;

/** Keeps the whole figure of a window beside its sums, where many callers would have to be counted for each who asks. */
export async function keepWhole(tx: Transaction<Schema>, subject: Subject, today: number): Promise<void> {
  const days = { from: today - windowDays + 1, until: today };
  const { rows } = await sql<{ bytes: number }>`
    select coalesce(sum(length(callers)), 0)::bigint as bytes from usage_figure
    where kind = ${subject.kind} and subject = ${subject.subject} and day between ${days.from} and ${days.until}`.execute(
    tx,
  );
  const isLarge = (rows[0]?.bytes ?? 0) > manyCallers * callerBytes;
  await tx
    .updateTable('usage_window')
    .set({ figure: isLarge ? toJsonText(mergeDays(await readFigures(tx, subject, days))) : null })
    .where('kind', '=', subject.kind)
    .where('subject', '=', subject.subject)
    .execute();
}
