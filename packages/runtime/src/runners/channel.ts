import { readSync, writeSync } from 'node:fs';
import { decodeOrder } from '../channel/decode-order.ts';
import { encodeReport } from '../channel/encode-report.ts';
import { encodeFrame, frameHeadBytes, frameLengths } from '../channel/frame.ts';
import type { Order, Report } from '../channel/messages.ts';
import { readScratch } from './read-scratch.ts';

/** Not stdout: native code writes there what it likes. */
export const channel = 3;
const nothing = new Uint8Array(0);

/**
 * Waits for the next order; null when the node has closed the channel. Blocks: a runner has nothing else to do. Head and
 * body hold until the next order is taken.
 */
export function takeOrder(): { head: Order; body: Uint8Array } | null {
  if (!isOrderHere()) flushReports();
  const start = readExactly(frameHeadBytes);
  if (!start) return null;
  const { head, body } = frameLengths(start);
  const rest = readExactly(head + body);
  if (!rest) return null;
  const order = decodeOrder(rest.subarray(0, head));
  const region = order.type === 'run' ? order.region : undefined;
  return { head: order, body: region ? readScratch(region) : rest.subarray(head) };
}

let reports: Uint8Array[] = [];
let reportBytes = 0;
let firstHeldAt = 0;

/** Sends a report, together with those that wait for the end of a burst. */
export function sendReport(report: Report, body: Uint8Array = nothing): void {
  reports.push(encodeFrame(encodeReport(report), body.length), body);
  reportBytes += frameHeadBytes + body.length;
  flushReports();
}

/**
 * Has the answer of a quick run wait for the next order, where that is here already: it leaves with the next answers, for one
 * write and one wake-up of the node. None waits for longer than `heldMs`.
 */
export function holdReport(report: Report, body: Uint8Array = nothing): void {
  const now = performance.now();
  if (reports.length === 0) firstHeldAt = now;
  const mayWait = report.type === 'ran' && report.runMs < heldMs && now - firstHeldAt < heldMs;
  reports.push(encodeFrame(encodeReport(report), body.length), body);
  reportBytes += frameHeadBytes + body.length;
  if (!mayWait || reports.length >= 2 * mostHeld || reportBytes > heldBytes) flushReports();
}

/** More than a few would have the node wait for its process, and then the process for its node. */
const mostHeld = 4;
const heldMs = 0.5;
const heldBytes = 64 * 1024;

function flushReports(): void {
  if (reports.length === 0) return;
  const parts = reportBytes > heldBytes ? reports : [Buffer.concat(reports)];
  [reports, reportBytes] = [[], 0];
  for (const part of parts)
    for (let sent = 0; sent < part.length; ) sent += writeSync(channel, part, sent, part.length - sent);
}

/** Whether all of an order is in memory. */
function isOrderHere(): boolean {
  if (upTo - from < frameHeadBytes) return false;
  const { head, body } = frameLengths(held.subarray(from, from + frameHeadBytes));
  return upTo - from >= frameHeadBytes + head + body;
}

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
