import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';

export type Progress = { name: string; done: number; total: number; elapsedMs: number };

/** One line: name, percent, bar to the width of the terminal, done/total, rate, time left. */
export function formatProgress({ name, done, total, elapsedMs }: Progress, columns: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const left = `${name} ${String(Math.floor(share * 100)).padStart(3)}% `;
  const right = ` ${formatBytes(done)}/${formatBytes(total)}${rateOf(done, total, elapsedMs)}`;
  const width = columns - left.length - right.length - 3;
  return `${left}${width >= 5 ? formatBar(share, Math.min(width, 60)) : ''}${right}`;
}

function rateOf(done: number, total: number, elapsedMs: number): string {
  // Less than this says nothing yet about a rate.
  if (elapsedMs < 200 || done === 0) return '';
  const perMs = done / elapsedMs;
  const remaining = done < total ? `  ${formatDuration((total - done) / perMs)}` : '';
  return `  ${formatBytes(perMs * 1000)}/s${remaining}`;
}

function formatBar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  const full = Math.floor(eighths / 8);
  const part = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ' ';
  const bar = full >= width ? '█'.repeat(width) : '█'.repeat(full) + part + ' '.repeat(width - full - 1);
  return `▕${bar}▏`;
}
