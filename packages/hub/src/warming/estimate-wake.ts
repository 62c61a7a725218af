import type { Manifest } from '@callable/protocol';
import type { Average } from '../queue/average-durations.ts';

/** Until somebody has measured it: the line of a small server, and the start of a runtime. */
const bytesPerSecond = 50e6;
const loadSeconds = 2;

/** When a release is reckoned to answer, and why so. `waiting` are the tasks of its node before it. */
export function estimateWake(
  manifest: Manifest,
  { average, waiting }: { average: Average | null; waiting: number },
): { seconds: number; basis: string } {
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const transfer = bytes / bytesPerSecond;
  const own = Math.max(transfer, average ? average.ms / 1000 : transfer + loadSeconds);
  const seconds = Math.round(10 * own * (1 + waiting)) / 10;
  const size = `${(bytes / 1e6).toFixed(1)} MB at ${bytesPerSecond / 1e6} MB/s`;
  const known = average
    ? `the last ${average.of} took ${(average.ms / 1000).toFixed(1)} s on average to fetch and load`
    : `nothing was fetched here yet, so ${size} and ${loadSeconds} s to load`;
  const before = waiting === 0 ? 'no task waits before it' : `${waiting} wait before it`;
  return { seconds, basis: `${known}${average ? `, and this has ${size}` : ''}; ${before}.` };
}
