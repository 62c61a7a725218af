import { type FileHandle, open } from 'node:fs/promises';
import { CallPlaces } from './call-places.ts';
import { callLength, mostHeadBytes, prefixBytes, readReceipt, readTime } from './kept-call-format.ts';
import type { Segment } from './segment.ts';

/** Small calls are read past in large blocks; the head of one behind a large call alone, bytes. */
const block = { large: 1024 * 1024, small: 8 * 1024 };

/**
 * What a crash or an earlier start left in a segment: the places of the calls that are whole, found by their heads. Bodies
 * are not looked at, and large ones not read. Where lengths or a head make no sense nothing behind them can be found, so
 * reading stops there; it never throws for what a file holds.
 */
export async function readSegment(path: string): Promise<Segment> {
  await using file = await open(path);
  const { size, mtimeMs } = await file.stat();
  const places = new CallPlaces();
  const window = openWindow(file, size);
  let last: readonly [number, number] | null = null;
  for (let at = 0; ; ) {
    const prefix = await window.read(at, prefixBytes);
    const length = prefix && callLength(prefix);
    if (!length || at + length.whole > size || length.head > mostHeadBytes) break;
    const head = await window.read(at + prefixBytes, length.head);
    const receipt = head && readReceipt(head);
    if (!receipt) break;
    places.add(receipt, at);
    // The window moves on: the place of the last head is kept, not its bytes.
    last = [at + prefixBytes, length.head];
    at += length.whole;
  }
  const head = last && (await window.read(...last));
  const lastAt = (head && readTime(head)) ?? mtimeMs;
  return { path, startedAt: 0, lastAt, bytes: size, places, isClosed: true };
}

/** Reads a file from front to back with few reads. */
function openWindow(file: FileHandle, size: number) {
  const bytes = Buffer.allocUnsafe(block.large);
  let [from, upTo] = [0, 0];
  return {
    /** So many bytes from there on, fewer than a block; they hold until the next read. Null beyond the end. */
    async read(at: number, length: number): Promise<Buffer | null> {
      if (at + length > size) return null;
      if (at < from || at + length > upTo) {
        const isFar = at > upTo + block.large;
        const wanted = Math.max(length, Math.min(size - at, isFar ? block.small : block.large));
        let held = 0;
        while (held < wanted) {
          const { bytesRead } = await file.read(bytes, held, wanted - held, at + held);
          if (bytesRead === 0) return null;
          held += bytesRead;
        }
        [from, upTo] = [at, at + held];
      }
      return bytes.subarray(at - from, at - from + length);
    },
  };
}
