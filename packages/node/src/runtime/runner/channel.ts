import { readSync, writeSync } from 'node:fs';
import { encodeFrame, frameHeadBytes, frameLengths } from '../frame.ts';
import type { Order, Report } from '../messages.ts';

/** Not stdout: native code writes there what it likes. */
const channel = 3;
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
  for (const part of encodeFrame(report, body))
    for (let sent = 0; sent < part.length; ) sent += writeSync(channel, part, sent, part.length - sent);
}

function readExactly(length: number): Buffer | null {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let held = 0; held < length; ) {
    const read = readSync(channel, buffer, held, length - held, null);
    if (read === 0) return null;
    held += read;
  }
  return buffer;
}
