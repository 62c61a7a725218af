import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { markOf } from './call-places.ts';
import { findCall } from './find-call.ts';
import type { KeptCall } from './kept-call.ts';
import { encodeHead } from './kept-call-format.ts';
import { listSegments, nameSegment } from './list-segments.ts';
import { readSegments } from './read-segments.ts';
import { rememberUnwritten } from './remember-unwritten.ts';
import { openSegment, type Segment } from './segment.ts';
import { openSegmentWriter } from './segment-writer.ts';

/** The calls of the last minutes, on disk, to be shown when one is drawn for an audit. */
export type KeptCalls = AsyncDisposable & {
  /** Remembers a call that was answered. Returns at once: no answer waits for the disk. */
  keep(call: KeptCall): void;
  /** The call of a receipt, or null when it is too old or was dropped for room. */
  find(receipt: string): Promise<KeptCall | null>;
  /** Fulfilled when what an earlier start left is read; nothing has to wait for it, `find` does by itself. */
  recovered: Promise<void>;
};

export type KeptCallsOptions = {
  /** How long a call is kept, milliseconds. */
  windowMs: number;
  /** Disk for all of them, bytes. The oldest go first. */
  diskBytes: number;
  clock: () => number;
  log: Pick<Logger, 'warn'>;
};

type Waiting = { call: KeptCall; head: Buffer; bytes: number };

/** A segment is dropped as a whole: so many of them in a window that little is kept too long. */
const segmentsPerWindow = 10;
/** Calls wait so long, milliseconds, or for so many bytes, to be written together: a kill loses them. */
const gatherMs = 50;
const gatherBytes = 1024 * 1024;
/** What may wait for a slow disk, bytes; beyond it calls are not kept, rather than kept in memory without end. */
const mostWaiting = 256 * 1024 * 1024;

/**
 * Opens the kept calls of a node. A call is appended to the youngest of a few segments; a segment goes when its last call
 * is older than the window. Nothing is synced: after a power cut a few calls cannot be shown, which costs a node one
 * audit and no standing. What a crash cut in two is found and left out. What an earlier start left is read afterwards, while
 * the node works.
 */
export async function openKeptCalls(directory: string, options: KeptCallsOptions): Promise<KeptCalls> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pieceMs = options.windowMs / segmentsPerWindow;
  const pieceBytes = options.diskBytes / segmentsPerWindow;
  let queue: Waiting[] = [];
  let waiting = 0;
  let writing: Promise<void> | null = null;
  /** Has what waits written at once. */
  let hurry = () => {};
  const unwritten = rememberUnwritten(options);
  const writer = openSegmentWriter();
  const ending = new AbortController();
  let segments = await listSegments(directory, options.log);
  await dropOld(options.clock(), 0);
  const isKept = (segment: Segment) => segments.includes(segment);
  const recovered = readSegments(segments, { isKept, signal: ending.signal, log: options.log });

  return {
    keep(call) {
      const head = encodeHead(call);
      const bytes = head.length + call.inputs.length + call.outputs.length;
      if (waiting + bytes > mostWaiting || bytes > options.diskBytes) return;
      waiting += bytes;
      queue.push({ call, head, bytes });
      writing ??= write();
      if (waiting >= gatherBytes) hurry();
    },
    async find(receipt) {
      // attack: under a flood there is always something to write, and no audit would ever be answered. What was kept before
      // this is in the write that runs or in the next.
      hurry();
      await writing;
      hurry();
      await writing;
      for (const segment of segments.toReversed()) {
        await segment.read;
        const found = await findCall(segment, receipt);
        if (found) return found;
      }
      return unwritten.find(receipt);
    },
    recovered,
    async [Symbol.asyncDispose]() {
      ending.abort();
      hurry();
      while (writing) await writing;
      await Promise.all([writer.close(), recovered]);
    },
  };

  /** A write for each answer cost 8 % of a small call: they wait for each other, and nobody for them. */
  function gathered(): Promise<void> {
    if (ending.signal.aborted || waiting >= gatherBytes) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => hurry(), gatherMs);
      hurry = () => {
        clearTimeout(timer);
        hurry = () => {};
        resolve();
      };
    });
  }

  /** Whatever came while the last write ran goes to the disk in one piece. */
  async function write(): Promise<void> {
    await gathered();
    const calls = queue;
    queue = [];
    const lost = await append(calls);
    if (lost.length === 0) unwritten.end();
    waiting -= sumOf(calls);
    writing = queue.length > 0 ? write() : null;
  }

  /** Those that the disk did not take. */
  async function append(calls: readonly Waiting[]): Promise<readonly Waiting[]> {
    const lost: Waiting[] = [];
    for (let at = 0; at < calls.length; ) {
      let run: Waiting[] = calls.slice(at);
      let segment: Segment | null = null;
      try {
        segment = await segmentFor((calls[at] as Waiting).call.at, (calls[at] as Waiting).bytes);
        run = runFor(segment, run);
        await dropOld((calls[at] as Waiting).call.at, sumOf(run));
        // Not copied: inputs and outputs of a large call are megabytes.
        const parts = run.flatMap(({ head, call }) => [head, call.inputs, call.outputs]);
        await writer.append(segment, parts);
        for (const { call, bytes } of run) place(segment, call, bytes);
      } catch (error) {
        if (segment) segment.isClosed = true;
        await writer.close().catch(() => {});
        for (const { call, bytes } of run) unwritten.add(call, bytes, error);
        lost.push(...run);
      }
      at += run.length;
    }
    return lost;
  }

  /** As many of the next calls as go into a segment, in order: the first one always does. */
  function runFor({ startedAt, bytes }: Segment, calls: readonly Waiting[]): Waiting[] {
    const run: Waiting[] = [];
    let room = pieceBytes - bytes;
    for (const each of calls) {
      if (run.length > 0 && (each.bytes > room || each.call.at >= startedAt + pieceMs)) break;
      run.push(each);
      room -= each.bytes;
    }
    return run;
  }

  async function segmentFor(at: number, bytes: number): Promise<Segment> {
    await dropOld(at, bytes);
    const youngest = segments.at(-1);
    if (youngest && !youngest.isClosed && at < youngest.startedAt + pieceMs && youngest.bytes < pieceBytes)
      return youngest;
    const segment = openSegment(join(directory, nameSegment(at)), at);
    segments.push(segment);
    return segment;
  }

  async function dropOld(now: number, more: number): Promise<void> {
    let total = more + sumOf(segments);
    const isOver = (segment: Segment) => segment.lastAt + options.windowMs < now || total > options.diskBytes;
    for (let oldest = segments[0]; oldest && isOver(oldest); oldest = segments[0]) {
      segments = segments.slice(1);
      total -= oldest.bytes;
      oldest.isClosed = true;
      await rm(oldest.path, { force: true });
    }
  }

  function place(segment: Segment, call: KeptCall, length: number): void {
    segment.places.add(markOf(call.receipt), segment.bytes);
    segment.bytes += length;
    segment.lastAt = Math.max(segment.lastAt, call.at);
  }
}

const sumOf = (calls: readonly { bytes: number }[]) => calls.reduce((sum, { bytes }) => sum + bytes, 0);
