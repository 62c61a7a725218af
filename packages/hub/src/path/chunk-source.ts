/** Somebody with a copy of one file. */
export type ChunkSource = {
  /** As a sentence names it: `a node`. */
  name: string;
  /** The right bytes of a chunk, or an error: nothing a source sends leaves here unchecked. */
  take(index: number, signal: AbortSignal): Promise<Uint8Array>;
};
