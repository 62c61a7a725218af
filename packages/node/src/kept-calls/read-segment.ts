import { type FileHandle, open } from 'node:fs/promises';
import { callLength, mostHeadBytes, prefixBytes, readMark, readTime } from './kept-call-format.ts';
import type { Segment } from './segment.ts';

/** Small calls are read past in large blocks; the head of one behind a large call alone, bytes. */
const block = { large: 1024 * 1024, small: 8 * 1024 };

/**
 * Finds what a crash or an earlier start left in a segment: the places of the calls that are whole, by their heads. Bodies
 * are not looked at, and large ones not read. Where lengths or a head make no sense nothing behind them can be found, so
 * reading stops there; it never throws for what a file holds.
 */
export async function readSegment(segment: Segment, signal: AbortSignal): Promise<void> {
  await using file = await open(segment.path);
  const { size } = await file.stat();
  const window = openWindow(file, size, signal);
  let last: readonly [number, number] | null = null;
  for (let at = 0; ; ) {
    if (!window.holds(at, prefixBytes) && !(await window.read(at, prefixBytes))) break;
    const length = callLength(window.bytes, at - window.from);
    if (!length || at + length.whole > size || length.head > mostHeadBytes) break;
    const start = at + prefixBytes;
    if (!window.holds(start, length.head) && !(await window.read(start, length.head))) break;
    const mark = readMark(window.bytes, start - window.from, length.head);
    if (mark === null) break;
    segment.places.add(mark, at);
    // The window moves on: the place of the last head is kept, not its bytes.
    last = [start, length.head];
    at += length.whole;
  }
  if (!last || !(window.holds(...last) || (await window.read(...last)))) return;
  const [start, length] = last;
  const from = start - window.from;
  segment.lastAt = readTime(window.bytes.subarray(from, from + length)) ?? segment.lastAt;
}

/** Reads a file from front to back with few reads. */
function openWindow(file: FileHandle, size: number, signal: AbortSignal) {
  const window = {
    /** Of the file, from `from` up to `upTo`; they hold until the next read. */
    bytes: Buffer.allocUnsafe(block.large),
    from: 0,
    upTo: 0,
    holds: (at: number, length: number) => at >= window.from && at + length <= window.upTo,
    /** Whether there are so many bytes from there on, fewer than a block. They are here then. */
    async read(at: number, length: number): Promise<boolean> {
      signal.throwIfAborted();
      if (at + length > size) return false;
      const isFar = at > window.upTo + block.large;
      const wanted = Math.max(length, Math.min(size - at, isFar ? block.small : block.large));
      let done = 0;
      while (done < wanted) {
        const { bytesRead } = await file.read(window.bytes, done, wanted - done, at + done);
        if (bytesRead === 0) return false;
        done += bytesRead;
      }
      [window.from, window.upTo] = [at, at + done];
      return true;
    },
  };
  return window;
}
