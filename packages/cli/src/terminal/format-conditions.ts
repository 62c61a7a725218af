import type { Condition } from '@callable/protocol';
import type { Output } from '../context/cli-context.ts';
import { cleanText } from './clean-text.ts';
import { formatDuration } from './format-duration.ts';
import { type Colour, paint } from './paint.ts';

export const statusMarks: Record<Condition['status'], { mark: string; colour: Colour }> = {
  True: { mark: '✓', colour: 'green' },
  False: { mark: '✗', colour: 'red' },
  Unknown: { mark: '…', colour: 'yellow' },
};

/** One line per condition: what is true, why, since when. */
export function formatConditions(
  conditions: readonly Condition[],
  output: Pick<Output, 'colours'>,
  now: number,
): string[] {
  return conditions.map((condition) => formatCondition(condition, output, now));
}

export function formatCondition(condition: Condition, output: Pick<Output, 'colours'>, now: number): string {
  const { mark, colour } = statusMarks[condition.status];
  const age = formatDuration(now - Date.parse(condition.lastTransitionTime));
  const words = `${condition.type.padEnd(10)} ${condition.status.padEnd(7)}`;
  return `  ${paint(output, colour, `${mark} ${words}`)} ${cleanText(condition.reason, 60)} ${paint(output, 'dim', `(${age})`)}  ${cleanText(condition.message, 400)}`;
}
