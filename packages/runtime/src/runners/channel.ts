import { readSync, writeSync } from 'node:fs';
import { decodeOrder } from '../channel/decode-order.ts';
import { encodeReport } from '../channel/encode-report.ts';
import { encodeFrame, frameHeadBytes, frameLengths } from '../channel/frame.ts';
import type { Order, Report } from '../channel/messages.ts';

/** Not stdout: native code writes there what it likes. */
export const channel = 3;
const nothing = new Uint8Array(0);

/**
 * Waits for the next order; null when the node has closed the channel. Blocks: a runner has nothing else to do. Head and
 * body hold until the next order is taken.
 */
export function takeOrder(): { head: Order; body: Uint8Array } | null {
  const start = readExactly(frameHeadBytes);
  if (!start) return null;
  const { head, body } = frameLengths(start);
  const rest = readExactly(head + body);
  if (!rest) return null;
  return { head: decodeOrder(rest.subarray(0, head)), body: rest.subarray(head) };
}

/**
 * Written before the next call is begun, never together with its answer: should that one kill this process, nobody may take
 * this call for the culprit, and should it hang, this one is answered.
 */
export function sendReport(report: Report, body: Uint8Array = nothing): void {
  const start = encodeFrame(encodeReport(report), body.length);
  for (const part of body.length < joinedBytes ? [Buffer.concat([start, body])] : [start, body])
    for (let sent = 0; sent < part.length; ) sent += writeSync(channel, part, sent, part.length - sent);
}

const joinedBytes = 64 * 1024;

/** What came with an earlier read lies here from `from` up to `upTo`: small orders arrive together, for one system call. */
let held: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
let from = 0;
let upTo = 0;
/** Larger memory is not kept for the next order, bytes. Up to here it is: each new page of it costs a fault. */
const mostKept = 4 * 1024 * 1024;
const usual = held;

function readExactly(length: number): Buffer | null {
  if (upTo - from < length) makeRoom(length);
  while (upTo - from < length) {
    const read = readSync(channel, held, upTo, held.length - upTo, null);
    if (read === 0) return null;
    upTo += read;
  }
  from += length;
  return held.subarray(from - length, from);
}

/** Moves what is there to the front of memory that is large enough. */
function makeRoom(length: number): void {
  const before = held;
  if (length > held.length) held = Buffer.allocUnsafeSlow(length);
  else if (held.length > mostKept && length <= usual.length && upTo - from <= usual.length) held = usual;
  before.copy(held, 0, from, upTo);
  upTo -= from;
  from = 0;
}
