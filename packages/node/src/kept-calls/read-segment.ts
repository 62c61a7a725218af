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
    const prefix = window.held(at, prefixBytes) ?? (await window.read(at, prefixBytes));
    const length = prefix && callLength(prefix);
    if (!length || at + length.whole > size || length.head > mostHeadBytes) break;
    const head = window.held(at + prefixBytes, length.head) ?? (await window.read(at + prefixBytes, length.head));
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
  const held = (at: number, length: number): Buffer | null =>
    at < from || at + length > upTo ? null : bytes.subarray(at - from, at - from + length);
  return {
    /** What is here already, without a promise. */
    held,
    /** So many bytes from there on, fewer than a block; they hold until the next read. Null beyond the end. */
    async read(at: number, length: number): Promise<Buffer | null> {
      if (at + length > size) return null;
      if (at < from || at + length > upTo) {
        const isFar = at > upTo + block.large;
        const wanted = Math.max(length, Math.min(size - at, isFar ? block.small : block.large));
        let done = 0;
        while (done < wanted) {
          const { bytesRead } = await file.read(bytes, done, wanted - done, at + done);
          if (bytesRead === 0) return null;
          done += bytesRead;
        }
        [from, upTo] = [at, at + done];
      }
      return held(at, length);
    },
  };
}
