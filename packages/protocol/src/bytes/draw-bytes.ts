const drawnAtOnce = 4_096;

/** Random bytes in small pieces, drawn for many at once: a draw of 32 costs 4 µs, and so does one of 4,096. */
export function drawBytes(random: (length: number) => Uint8Array): (length: number) => Uint8Array {
  let pool = new Uint8Array();
  let at = 0;
  return (length) => {
    if (at + length > pool.length) {
      pool = Uint8Array.from(random(Math.max(drawnAtOnce, length)));
      at = 0;
    }
    at += length;
    return pool.subarray(at - length, at);
  };
}
