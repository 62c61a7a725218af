import type { PresenceEvent } from '@callable/node';
import { cleanText } from '../terminal/clean-text.ts';
import { formatDuration } from '../terminal/format-duration.ts';

/** That the hub or a gateway is away or back, as a line for whoever started the node. */
export function formatPresence(event: PresenceEvent): string {
  const who = event.place === 'hub' ? 'The hub' : `The gateway ${cleanText(event.place, 200)}`;
  return event.kind === 'away'
    ? `${who} is away (${cleanText(event.why, 200)}): the node goes on with what it has, and asks until it is back`
    : `${who} is back after ${formatDuration(event.awayMs)}`;
}
