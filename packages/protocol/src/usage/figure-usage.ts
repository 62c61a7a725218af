import { type DayFigure, figureDay, type UsageFacts, type UsageRows } from './figure-day.ts';
import { mergeDays } from './merge-days.ts';
import type { UsageFigure } from './usage-figure.ts';
import { dayOf, hourMs, type UsageCaller, type UsageHour, type UsageWord } from './usage-rows.ts';

/** The figures of whatever these rows are of: a release, a publisher, a node, the network. */
export function figureUsage(rows: UsageRows, facts: UsageFacts): UsageFigure {
  return mergeDays(figureDays(rows, facts));
}

/** Day by day: each stands for itself, so that what was figured of a day is kept and merged with others. */
export function figureDays(rows: UsageRows, facts: UsageFacts): DayFigure[] {
  const days = new Map<number, { hours: UsageHour[]; callers: UsageCaller[]; words: UsageWord[] }>();
  const rowsOf = (day: number) => {
    const known = days.get(day) ?? { hours: [], callers: [], words: [] };
    days.set(day, known);
    return known;
  };
  for (const row of rows.hours) rowsOf(dayOf(row.hour * hourMs)).hours.push(row);
  for (const row of rows.callers) rowsOf(row.day).callers.push(row);
  for (const row of rows.words) rowsOf(row.day).words.push(row);
  return [...days].map(([day, some]) => figureDay(day, some, facts));
}
