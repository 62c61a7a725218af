/** The pieces of a body. By a reader, as not every browser iterates streams; whoever stops early cancels the rest. */
export async function* readPieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    // Not awaited: a stream that never confirms would hold up its reader.
    reader.cancel().catch(() => undefined);
  }
}
