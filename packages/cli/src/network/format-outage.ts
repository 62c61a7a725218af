import type { OutageEvent } from '@callable/local';
import { formatDuration } from '../terminal/format-duration.ts';

type ServerEvent = Extract<OutageEvent, { kind: 'server' }>['event'];

/** What keeps the hub of this network from its work, as a line for whoever started it; null for what needs no line. */
export function formatOutage(event: OutageEvent): string | null {
  switch (event.kind) {
    case 'away':
      return `The database does not answer (${event.why}): calls go on, the hub answers 503 until it is back`;
    case 'back':
      return `The database answers again after ${formatDuration(event.awayMs)}`;
    case 'full':
      return `The disk of the ${event.place} is full: ${event.message}. Calls and reads go on, nothing is taken in until there is room`;
    case 'room':
      return `The disk of the ${event.place} has room again`;
    default:
      return formatServer(event.event);
  }
}

function formatServer(event: ServerEvent): string | null {
  // That it answers is said by whoever asks it.
  if (event.kind === 'started') return null;
  const again = `tried again in ${formatDuration(event.againInMs)}`;
  if (event.kind === 'ended') return `${event.why}; it is started again`;
  // The first and the last word; what is between says the same.
  if (!event.isLastWord) return event.attempts > 1 ? null : `The database did not start: ${event.why}; ${again}`;
  return [
    `The database cannot be started, after ${event.attempts} attempts: ${event.why}`,
    '  See docs/outages.md. It is tried on, at least every 30 s; calls go on.',
  ].join('\n');
}
