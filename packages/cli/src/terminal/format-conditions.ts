import type { Condition } from '@callable/protocol';
import type { Output } from '../context/cli-context.ts';
import { cleanText } from './clean-text.ts';
import { formatDuration } from './format-duration.ts';
import { type Colour, paint } from './paint.ts';

const marks: Record<Condition['status'], { mark: string; colour: Colour }> = {
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
  const { mark, colour } = marks[condition.status];
  const age = formatDuration(now - Date.parse(condition.lastTransitionTime));
  const words = `${condition.type.padEnd(10)} ${condition.status.padEnd(7)}`;
  return `  ${paint(output, colour, `${mark} ${words}`)} ${cleanText(condition.reason, 60)} ${paint(output, 'dim', `(${age})`)}  ${cleanText(condition.message, 400)}`;
}

/** The same with everything known: last check, next step, number of statements it rests on. */
export function formatConditionsAtLength(
  conditions: readonly Condition[],
  output: Pick<Output, 'colours'>,
  now: number,
): string[] {
  return conditions.flatMap((condition) => {
    const { mark, colour } = marks[condition.status];
    const since = formatDuration(now - Date.parse(condition.lastTransitionTime));
    const checked =
      condition.lastCheckTime === null
        ? 'never checked'
        : `checked ${formatDuration(now - Date.parse(condition.lastCheckTime))} ago`;
    const count = condition.evidence.length;
    const facts = `for ${since} · ${checked} · ${count} statement${count === 1 ? '' : 's'}`;
    return [
      `  ${paint(output, colour, `${mark} ${condition.type.padEnd(10)} ${condition.status.padEnd(7)}`)} ${cleanText(condition.reason, 60)}  ${paint(output, 'dim', facts)}`,
      `    ${cleanText(condition.message, 1000)}`,
      ...(condition.next === null ? [] : [`    ${paint(output, 'bold', 'next')} ${cleanText(condition.next, 500)}`]),
    ];
  });
}
