import { fromHex, toHex } from './hex.ts';

/** Which of a file's chunks somebody has: a bit per chunk, the first one the lowest bit of the first byte. */
export class ChunkSet {
  /** How many chunks the file has. */
  readonly length: number;
  readonly #bits: Uint8Array;
  #size = 0;

  constructor(length: number) {
    this.length = length;
    this.#bits = new Uint8Array(Math.ceil(length / 8));
  }

  /** Reads what `toHex` wrote; null when it is not a set over exactly this many chunks. */
  static parse(hex: string, length: number): ChunkSet | null {
    const bits = fromHex(hex);
    if (!bits || bits.length !== Math.ceil(length / 8)) return null;
    const set = new ChunkSet(length);
    for (let index = 0; index < 8 * bits.length; index++) {
      if (((bits[index >> 3] ?? 0) & (1 << (index & 7))) === 0) continue;
      if (index >= length) return null;
      set.add(index);
    }
    return set;
  }

  static full(length: number): ChunkSet {
    const set = new ChunkSet(length);
    for (let index = 0; index < length; index++) set.add(index);
    return set;
  }

  /** How many chunks are in the set. */
  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === this.length;
  }

  has(index: number): boolean {
    return ((this.#bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (index < 0 || index >= this.length || this.has(index)) return;
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) | (1 << (index & 7));
    this.#size++;
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#bits[index >> 3] = (this.#bits[index >> 3] ?? 0) & ~(1 << (index & 7));
    this.#size--;
  }

  toHex(): string {
    return toHex(this.#bits);
  }
}
