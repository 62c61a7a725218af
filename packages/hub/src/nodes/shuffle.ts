/** Fisher–Yates, with the context's randomness: a node must not be able to guess whom it will be drawn with. */
export function shuffle<Item>(items: readonly Item[], random: (length: number) => Uint8Array): Item[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const [a = 0, b = 0, c = 0, d = 0] = random(4);
    const j = (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % (i + 1);
    [out[i], out[j]] = [out[j] as Item, out[i] as Item];
  }
  return out;
}
