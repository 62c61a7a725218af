import type { Condition } from '@callable/protocol';
import type { Output } from '../context/cli-context.ts';
import { cleanText } from '../terminal/clean-text.ts';
import { formatAge } from '../terminal/format-age.ts';
import { statusMarks } from '../terminal/format-conditions.ts';
import type { Rows } from '../terminal/open-rows.ts';
import { paint } from '../terminal/paint.ts';

/** One step of the path: its status and reason, why, when it was checked, on what it rests, and what to do. */
export function addCondition(
  rows: Rows,
  condition: Condition,
  output: Pick<Output, 'colours' | 'isTerminal'>,
  { now, hub }: { now: number; hub: string },
): void {
  const { type, status, reason, message, next, lastTransitionTime, lastCheckTime, evidence } = condition;
  const { mark, colour } = statusMarks[status];
  const standing = paint(output, colour, `${mark} ${type.padEnd(12)}${status}`);
  rows.lines.push(
    `${standing} ${cleanText(reason, 60)} ${paint(output, 'dim', `for ${formatAge(lastTransitionTime, now)}`)}`,
  );
  rows.below(cleanText(message, 1000));
  const checked = lastCheckTime === null ? 'never checked' : `checked ${formatAge(lastCheckTime, now)} ago`;
  const [first] = evidence;
  const count = `${evidence.length} statement${evidence.length === 1 ? '' : 's'}`;
  rows.below(`${checked} · ${first === undefined ? 'no statement' : `${count}, ${shorten(first, output)}`}`, 'dim');
  if (next === null) return;
  rows.below(`next: ${cleanText(next, 500)}`);
  rows.below(`${hub}/reasons/${cleanText(reason, 60)}`, 'dim');
}

/** For a person the beginning tells one from another; scripts get the whole. */
const shorten = (id: string, output: Pick<Output, 'isTerminal'>) =>
  output.isTerminal ? cleanText(id, 24) : cleanText(id, 80);
