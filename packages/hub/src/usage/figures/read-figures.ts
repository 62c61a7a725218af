import { dayMs, mergeDays, type NamedCaller, type UsageDay, type UsageFigure, windowDays } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { readJson } from '../../db/json-text.ts';
import type { Schema } from '../../db/schema.ts';
import { unpackCallers } from './pack-callers.ts';
import type { Subject } from './subject.ts';

type Days = { from: number; until: number };

/** The kept figures of these days, oldest first. */
export async function readFigures(tx: Transaction<Schema>, subject: Subject, days: Days) {
  const rows = await selectFigures(tx, subject, days).select(['day', 'sums', 'callers']).execute();
  return rows.map(({ day, sums, callers }) => ({
    ...{ day, sums: readJson(sums) },
    callers: unpackCallers(callers) as readonly NamedCaller[],
  }));
}

/** What these days are together: as it is kept, or merged now where few callers are to be counted. */
export async function readMerged(tx: Transaction<Schema>, subject: Subject, days: Days): Promise<UsageFigure> {
  if (days.until - days.from + 1 === windowDays) {
    const kept = await tx
      .selectFrom('usage_window')
      .select('figure')
      .where('kind', '=', subject.kind)
      .where('subject', '=', subject.subject)
      .where('until', '=', days.until)
      .executeTakeFirst();
    if (kept?.figure) return readJson(kept.figure);
  }
  return mergeDays(await readFigures(tx, subject, days));
}

/** Day by day, as a plot shows them. */
export async function readDays(tx: Transaction<Schema>, subject: Subject, days: Days): Promise<UsageDay[]> {
  const rows = await selectFigures(tx, subject, days)
    .select(['day', 'claimed', 'evidenced', 'weight', 'voices', 'relied', 'reliers', 'sums'])
    .execute();
  return rows.map(({ day, voices, sums, ...row }) => ({
    ...{ ...row, day: day * dayMs, callers: voices, failed: readJson(sums).failed },
  }));
}

const selectFigures = (tx: Transaction<Schema>, { kind, subject }: Subject, { from, until }: Days) =>
  tx
    .selectFrom('usage_figure')
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('day', '>=', from)
    .where('day', '<=', until)
    .orderBy('day');
