import type { QueuePlace } from '@callable/protocol';
import { cleanText } from '../terminal/clean-text.ts';
import { formatAge } from '../terminal/format-age.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import type { Rows } from '../terminal/open-rows.ts';

const shown = 6;

/** What is waited for: how many are ahead, how long that takes, and on what that rests. */
export function addQueue(rows: Rows, places: readonly QueuePlace[], now: number): void {
  for (const place of places.slice(0, shown)) rows.add('queue', describePlace(place, now));
  if (places.length > shown) rows.below(`and ${places.length - shown} more`);
}

function describePlace({ step, node, state, expectedMs, basis, time }: QueuePlace, now: number): string {
  const who = node === null ? '' : ` on ${node}`;
  const reckoned = cleanText(basis, 120);
  const what = `${cleanText(step, 40)}${who}`;
  if (state === 'running') return `${what} runs since ${formatAge(time ?? '', now)}; ${reckoned}`;
  if (state === 'pausing') return `${what} pauses for ${formatDuration(Date.parse(time ?? '') - now)}; ${reckoned}`;
  if (state === 'given up') return `${what} was given up; ${reckoned}`;
  return `${what} waits${expectedMs === null ? '' : `, done in about ${formatDuration(expectedMs)}`}: ${reckoned}`;
}
