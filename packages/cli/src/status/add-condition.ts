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
  output: Pick<Output, 'colours'>,
  { now, hub }: { now: number; hub: string },
): void {
  const { type, status, reason, message, next, lastTransitionTime, lastCheckTime, evidence } = condition;
  const { mark, colour } = statusMarks[status];
  const standing = paint(output, colour, `${mark} ${type.padEnd(12)}${status}`);
  rows.lines.push(
    `${standing} ${cleanText(reason, 60)} ${paint(output, 'dim', `for ${formatAge(lastTransitionTime, now)}`)}`,
  );
  rows.add('', cleanText(message, 1000));
  const checked = lastCheckTime === null ? 'never checked' : `checked ${formatAge(lastCheckTime, now)} ago`;
  const [first] = evidence;
  const rest = evidence.length > 1 ? ` and ${evidence.length - 1} more` : '';
  rows.add(
    '',
    `${checked} · ${first === undefined ? 'no statement' : `statement ${cleanText(first, 80)}${rest}`}`,
    'dim',
  );
  if (next === null) return;
  rows.add('next', cleanText(next, 500));
  rows.add('read', `${hub}/reasons/${cleanText(reason, 60)}`, 'dim');
}
