import { readSync, writeSync } from 'node:fs';
import { encodeFrame, frameHeadBytes, frameLengths } from '../channel/frame.ts';
import type { Order, Report } from '../channel/messages.ts';

/** Not stdout: native code writes there what it likes. */
export const channel = 3;
const nothing = new Uint8Array(0);

/** Waits for the next order; null when the node has closed the channel. Blocks: a runner has nothing else to do. */
export function takeOrder(): { head: Order; body: Uint8Array } | null {
  const start = readExactly(frameHeadBytes);
  if (!start) return null;
  const { head, body } = frameLengths(start);
  const rest = readExactly(head + body);
  if (!rest) return null;
  return { head: JSON.parse(rest.toString('utf8', 0, head)), body: rest.subarray(head) };
}

export function sendReport(report: Report, body: Uint8Array = nothing): void {
  const parts = encodeFrame(report, body);
  for (const part of body.length < readAhead ? [Buffer.concat(parts)] : parts)
    for (let sent = 0; sent < part.length; ) sent += writeSync(channel, part, sent, part.length - sent);
}

/** What came with an earlier read: a small order arrives whole, for the price of one system call. */
let ahead: Buffer = Buffer.alloc(0);
const readAhead = 64 * 1024;

function readExactly(length: number): Buffer | null {
  if (length <= ahead.length) {
    const taken = ahead.subarray(0, length);
    ahead = ahead.subarray(length);
    return taken;
  }
  // Of its own memory, large enough for what is wanted and what may follow it.
  const buffer = Buffer.allocUnsafeSlow(Math.max(length, readAhead));
  let held = ahead.copy(buffer);
  while (held < length) {
    const read = readSync(channel, buffer, held, buffer.length - held, null);
    if (read === 0) return null;
    held += read;
  }
  ahead = buffer.subarray(length, held);
  return buffer.subarray(0, length);
}
