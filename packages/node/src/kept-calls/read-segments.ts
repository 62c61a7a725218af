import type { Logger } from 'pino';
import { readSegment } from './read-segment.ts';
import type { Segment } from './segment.ts';

/**
 * Reads what earlier starts left while the node works already, the youngest first: what is drawn for an audit is young. Each
 * segment says when it is read, and whoever looks for a call waits for just that. `isKept`: whether it was not dropped meanwhile.
 * Resolves when all are read, or the signal aborts.
 */
export function readSegments(
  segments: readonly Segment[],
  { isKept, signal, log }: { isKept(segment: Segment): boolean; signal: AbortSignal; log: Pick<Logger, 'warn'> },
): Promise<void> {
  let before: Promise<void> = Promise.resolve();
  for (const segment of segments.toReversed()) {
    segment.read = before.then(async () => {
      if (signal.aborted || !isKept(segment)) return;
      try {
        await readSegment(segment, signal);
      } catch (error) {
        // Its calls up to there are found; those behind are lost, and the start is not.
        if (!signal.aborted)
          log.warn({ err: error, path: segment.path }, 'kept calls of an earlier start cannot be read');
      }
    });
    before = segment.read;
  }
  return before;
}
