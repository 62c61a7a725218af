import { readSync } from 'node:fs';
import type { Region } from '../channel/messages.ts';

/** Behind the channel. It can only be read. */
const scratch = 4;
/** Larger memory is not kept for the next call, bytes. Up to here it is: each new page of it costs a fault. */
const mostKept = 4 * 1024 * 1024;
let kept: Buffer = Buffer.alloc(0);

/** The body that lies there. It holds until the next one is read, which is when the call before it is over. */
export function readScratch({ offset, length }: Region): Uint8Array {
  const memory = length <= kept.length ? kept : Buffer.allocUnsafeSlow(length);
  if (length <= mostKept) kept = memory;
  for (let at = 0; at < length; ) {
    const read = readSync(scratch, memory, at, length - at, offset + at);
    if (read === 0) throw new RangeError('a body ends before it should');
    at += read;
  }
  return memory.subarray(0, length);
}
