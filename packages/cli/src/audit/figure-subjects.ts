import { dayMs, openDayFigure, openMerge, type UsageDay, type UsageFacts, type UsageFigure } from '@callable/protocol';
import type { Spill, SpilledRow } from './spill-rows.ts';

export type Figured = { figure: UsageFigure; days: UsageDay[] };

/**
 * The figures of every subject that rows name, a part of a day in memory at a time. What stays of a subject are its sums and
 * its distinct callers: memory grows with those, not with calls.
 */
export async function figureSubjects(
  spill: Spill,
  facts: UsageFacts,
  subjectsOf: (row: SpilledRow) => readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Figured>> {
  const merges = new Map<string, { whole: ReturnType<typeof openMerge>; days: UsageDay[] }>();
  for (const day of spill.days()) {
    const ofDay = new Map<string, ReturnType<typeof openMerge>>();
    for (const part of spill.parts(day)) {
      signal.throwIfAborted();
      const figures = new Map<string, ReturnType<typeof openDayFigure>>();
      for await (const row of part) {
        const rows = {
          hours: 'hour' in row ? [row.hour] : [],
          callers: 'caller' in row ? [row.caller] : [],
          words: 'word' in row ? [row.word] : [],
        };
        for (const subject of subjectsOf(row)) find(figures, subject, () => openDayFigure(day, facts)).add(rows);
      }
      for (const [subject, figure] of figures) {
        const closed = figure.close();
        find(ofDay, subject, openMerge).add(closed);
        find(merges, subject, () => ({ whole: openMerge(), days: [] })).whole.add(closed);
      }
    }
    for (const [subject, merge] of ofDay) merges.get(subject)?.days.push(describeDay(day, merge.close()));
  }
  return new Map([...merges].map(([subject, { whole, days }]) => [subject, { figure: whole.close(), days }]));
}

const describeDay = (day: number, { claimed, evidenced, failed, trusted, relied }: UsageFigure): UsageDay => ({
  ...{ day: day * dayMs, claimed, evidenced, failed, weight: trusted.weight, callers: trusted.callers },
  ...{ relied: relied.trusted, reliers: relied.callers },
});

function find<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}
