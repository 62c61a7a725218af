import { randomInt } from 'node:crypto';

/**
 * Numbers in [0, 1) from a seed, so that a failure found by chance can be looked at again: CALLABLE_SEED repeats it.
 */
export function createRandom(): { seed: number; next: () => number } {
  const seed = Number(process.env.CALLABLE_SEED ?? randomInt(2 ** 31));
  let state = seed;
  // Mulberry32: enough for choosing moments.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, next };
}
