/** Randomness that a seed fixes (xorshift128), so that whoever runs the bench gets the same table. */
export function openChance(seed) {
  let [a, b, c, d] = [seed >>> 0 || 1, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
  const bits = () => {
    const mixed = a ^ (a << 11);
    [a, b, c] = [b, c, d];
    d = (d ^ (d >>> 19) ^ mixed ^ (mixed >>> 8)) >>> 0;
    return d;
  };
  for (let i = 0; i < 20; i++) bits();
  const real = () => bits() / 2 ** 32;
  return {
    real,
    below: (n) => Math.floor(real() * n),
    pick: (items) => items[Math.floor(real() * items.length)],
    hex: (length) => {
      let text = '';
      while (text.length < length) text += bits().toString(16).padStart(8, '0');
      return text.slice(0, length);
    },
    bytes: (length) => {
      const drawn = new Uint8Array(length);
      for (let i = 0; i < length; i++) drawn[i] = bits() & 255;
      return drawn;
    },
    /** How many tries until one that succeeds, itself included. */
    tries: (share) => {
      if (share >= 1) return 1;
      return share <= 0 ? Number.POSITIVE_INFINITY : 1 + Math.floor(Math.log(1 - real()) / Math.log(1 - share));
    },
    /** How many of n succeed. One by one: n is small or the share is. */
    successes(n, share) {
      let found = 0;
      for (let at = this.tries(share); at <= n; at += this.tries(share)) found++;
      return found;
    },
  };
}
