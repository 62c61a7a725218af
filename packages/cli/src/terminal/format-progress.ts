import { formatBar } from './format-bar.ts';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';

export type Progress = {
  name: string;
  done: number;
  total: number;
  /** Of `done`, what was there before the clock started: it says nothing about the rate. */
  alreadyThere: number;
  elapsedMs: number;
};

/** One line: name, percent, bar to the width of the terminal, done/total, rate, time left. */
export function formatProgress({ name, done, total, alreadyThere, elapsedMs }: Progress, columns: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const left = `${name} ${String(Math.floor(share * 100)).padStart(3)}% `;
  const right = ` ${formatBytes(done)}/${formatBytes(total)}${rateOf(done - alreadyThere, total - done, elapsedMs)}`;
  const width = columns - left.length - right.length - 3;
  return `${left}${width >= 5 ? formatBar(share, Math.min(width, 60)) : ''}${right}`;
}

function rateOf(moved: number, left: number, elapsedMs: number): string {
  // Less than this says nothing yet about a rate.
  if (elapsedMs < 200 || moved === 0) return '';
  const perMs = moved / elapsedMs;
  const remaining = left > 0 ? `  ${formatDuration(left / perMs)} left` : '';
  return `  ${formatBytes(perMs * 1000)}/s${remaining}`;
}
