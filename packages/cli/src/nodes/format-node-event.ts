import type { NodeEvent } from '@callable/local';
import { formatDuration } from '../terminal/format-duration.ts';

/** What happens to a node of this network, as a line for whoever started it. */
export function formatNodeEvent(event: NodeEvent): string {
  const node = `Node ${event.number} ${event.address}`;
  return event.kind === 'started'
    ? `${node} is process ${event.pid}`
    : `${node} has ended (${event.how}); started again in ${formatDuration(event.againInMs)}`;
}
