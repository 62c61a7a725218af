import { dayMs } from '@callable/protocol';

/** From little to the most; a day with nothing is a gap. */
const levels = { blocks: [...'▁▂▃▄▅▆▇█'], ascii: [...'._:-=+*#'] } as const;

export type DayValue = { day: number; value: number };

/**
 * One character a day, or for several days where there is less room, and how many days a character stands for. The
 * largest is the top of the scale. Bounds come from a hub: they make no more characters than there is room.
 */
export function plotDays(
  days: readonly DayValue[],
  { from, until, room, blocks }: { from: number; until: number; room: number; blocks: boolean },
): { plot: string; daysEach: number; most: DayValue | null } {
  const count = Math.max(1, Math.floor((until - from) / dayMs) + 1);
  const daysEach = Math.ceil(count / Math.max(1, room));
  const sums = new Array<number>(Math.ceil(count / daysEach)).fill(0);
  for (const { day, value } of days) {
    const at = Math.floor((day - from) / dayMs / daysEach);
    if (at >= 0 && at < sums.length) sums[at] = (sums[at] ?? 0) + value;
  }
  const top = Math.max(...sums);
  const marks = blocks ? levels.blocks : levels.ascii;
  const plot = sums.map((sum) => (sum > 0 ? marks[Math.ceil((sum / top) * marks.length) - 1] : ' ')).join('');
  const most = top === 0 ? null : { day: from + sums.indexOf(top) * daysEach * dayMs, value: top };
  return { plot: blocks ? `▕${plot}▏` : `|${plot}|`, daysEach, most };
}
