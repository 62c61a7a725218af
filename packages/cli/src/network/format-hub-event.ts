import type { HubEvent } from '@callable/local';
import { formatDuration } from '../terminal/format-duration.ts';

/** What happens to the hub of this network, a process of its own, as a line for whoever started it. */
export const formatHubEvent = (event: HubEvent): string =>
  event.kind === 'back'
    ? `The hub answers again after ${formatDuration(event.awayMs)} (process ${event.pid})`
    : `The hub has ended (${event.how}): calls go on; started again in ${formatDuration(event.againInMs)}`;
