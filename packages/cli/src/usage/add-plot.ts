import type { CliContext } from '../context/cli-context.ts';
import { formatDay } from '../terminal/format-day.ts';
import type { Rows } from '../terminal/open-rows.ts';
import { type DayValue, plotDays } from '../terminal/plot-days.ts';

/** Label, frame and spaces around it. */
const taken = 18;
const mostMarks = 90;

/** A plot of days, and below it what its tallest mark stands for. */
export function addPlot(
  rows: Rows,
  out: CliContext['out'],
  label: string,
  days: readonly DayValue[],
  { from, until, write }: { from: number; until: number; write: (value: number) => string },
): void {
  const room = Math.max(7, Math.min(mostMarks, out.columns() - taken));
  const { plot, daysEach, most } = plotDays(days, { from, until, room, blocks: out.blocks });
  if (most === null) {
    rows.add(label, 'none on any of these days');
    return;
  }
  rows.line(label, plot);
  const what = `most ${write(most.value)}`;
  rows.add(
    '',
    daysEach === 1
      ? `${what}, on ${formatDay(most.day)}`
      : `each mark is ${daysEach} days; ${what}, from ${formatDay(most.day)}`,
  );
}
