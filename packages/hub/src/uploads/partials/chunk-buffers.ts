import { chunkBytes } from '@callable/protocol';

/**
 * Memory for chunks that are arriving. It is used again and again: pages that were touched before are several times
 * as fast as fresh ones.
 */
export class ChunkBuffers {
  readonly #most: number;
  readonly #idle: Buffer[] = [];
  #out = 0;

  /** 64 MiB in all: more chunks than arrive at once while uploads are welcome, and bounded when they are an attack. */
  constructor(most = 16) {
    this.#most = most;
  }

  /** Room for one chunk, or null when all of it is taken. */
  take(): Buffer | null {
    if (this.#out >= this.#most) return null;
    this.#out++;
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  }

  give(buffer: Buffer): void {
    this.#out--;
    this.#idle.push(buffer);
  }
}
