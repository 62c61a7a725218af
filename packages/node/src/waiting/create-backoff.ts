import { setTimeout as pause } from 'node:timers/promises';

/** Growing pauses between attempts against something that is down. */
export type Backoff = {
  wait(signal: AbortSignal): Promise<void>;
  /** After a success: the next failure starts again with the short pause. */
  reset(): void;
};

/**
 * Doubles from `firstMs` to `longestMs`. Each pause is drawn from its upper half, so that a thousand nodes do not come back to a
 * restarted hub in the same instant.
 */
export function createBackoff(
  random: (length: number) => Uint8Array,
  { firstMs = 250, longestMs = 15_000 }: { firstMs?: number; longestMs?: number } = {},
): Backoff {
  let failures = 0;
  return {
    async wait(signal) {
      const longest = Math.min(longestMs, firstMs * 2 ** failures++);
      const share = (random(1)[0] ?? 0) / 255;
      await pause(longest * (0.5 + share / 2), undefined, { signal });
    },
    reset() {
      failures = 0;
    },
  };
}
