import { toHex } from '@callable/protocol';

/** Drawn for many at once: one draw for each receipt was 2 % of what a node spends on a call. */
export function drawSalts(random: (length: number) => Uint8Array): () => string {
  let pool: Uint8Array = new Uint8Array();
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = random(32 * 128);
      at = 0;
    }
    at += 32;
    return toHex(pool.subarray(at - 32, at));
  };
}
