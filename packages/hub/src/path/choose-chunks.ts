/** Chunks of one file that are read back at each audit; a smaller file is read whole. */
export const auditedChunks = 16;

/** Distinct chunks of a file, at random: a store that knew which ones would be asked could keep only those. */
export function chooseChunks(count: number, random: (length: number) => Uint8Array): number[] {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(auditedChunks, count)) {
    const [a = 0, b = 0, c = 0, d = 0] = random(4);
    chosen.add((((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % count);
  }
  return [...chosen];
}
