import { answerWithin } from './answer-within.ts';

/** Waits for the answer to one chunk; throws HubUnreachable when its connection has to count as lost. */
export type ChunkPatience = {
  wait(signal: AbortSignal, send: (signal: AbortSignal) => Promise<void>): Promise<void>;
};

/** Before anything is known of the line: 4 chunks of 4 MiB fit through half a megabit per second. */
const unknownMs = 300_000;
const leastMs = 15_000;
const slack = 8;

/**
 * Follows the speed of the line: far longer than the last chunk took, and twice as long after one that was given up, so
 * that a line that has become slow is not taken for a dead one for ever. `clock` in milliseconds.
 */
export function createChunkPatience(clock: () => number): ChunkPatience {
  let limitMs = unknownMs;
  return {
    async wait(signal, send) {
      const givenMs = limitMs;
      const began = clock();
      try {
        await answerWithin(givenMs, signal, send);
        limitMs = Math.max(leastMs, slack * (clock() - began));
      } catch (error) {
        // Several chunks give up together, and that counts once.
        if (clock() - began >= givenMs) limitMs = Math.max(limitMs, 2 * givenMs);
        throw error;
      }
    },
  };
}
