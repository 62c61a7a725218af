import type { ByteRange } from './blob-store.ts';

/** Where a range ends in a file of this size; what lies behind the file is not there to be read. */
export function endOfRange({ offset, length }: ByteRange, size: number): number {
  return length === undefined ? size : Math.min(size, offset + length);
}
