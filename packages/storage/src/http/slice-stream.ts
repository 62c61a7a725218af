/**
 * Cuts a stream into slices of exactly `sliceBytes`, the last one shorter; a stream of nothing has one empty slice.
 * Holds one slice; each is a buffer of its own that the taker may keep. The last one comes after the stream has ended,
 * so a stream that ends with an error never gives it.
 */
export async function* sliceStream(source: AsyncIterable<Uint8Array>, sliceBytes: number): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      // Only when more follows: the end of the source decides about the last slice, also about a full one.
      if (heldBytes === sliceBytes) {
        yield Buffer.concat(held, heldBytes);
        held = [];
        heldBytes = 0;
      }
      const part = piece.subarray(at, at + sliceBytes - heldBytes);
      held.push(part);
      heldBytes += part.length;
      at += part.length;
    }
  }
  yield Buffer.concat(held, heldBytes);
}
