import type { Readable } from 'node:stream';

/** Verified bytes of one chunk, read as they are sent. */
export type HeldChunk = { length: number; open: () => Readable };
