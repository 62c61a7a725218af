import { formatDuration } from './format-duration.ts';

/** How long ago an ISO 8601 time was; of another party's making, so perhaps no time at all. */
export function formatAge(time: string, now: number): string {
  const at = Date.parse(time);
  return Number.isNaN(at) ? 'an unknown time' : formatDuration(now - at);
}
