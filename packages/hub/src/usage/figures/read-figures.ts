import type { DayFigure } from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import { type JsonText, readJson } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { unpackCallers } from './pack-callers.ts';
import type { Subject } from './subject.ts';

/** The kept figures of these days, oldest first. */
export async function readFigures(
  tx: Transaction<Schema>,
  { kind, subject }: Subject,
  { from, until }: { from: number; until: number },
): Promise<DayFigure[]> {
  const { rows } = await sql<{ day: number; sums: JsonText<DayFigure['sums']>; callers: Buffer }>`
    select day, sums, callers from usage_figure
    where kind = ${kind} and subject = ${subject} and day >= ${from} and day <= ${until} order by day`.execute(tx);
  return rows.map(({ day, sums, callers }) => ({ day, sums: readJson(sums), callers: unpackCallers(callers) }));
}
