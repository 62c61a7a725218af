import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CallPlaces } from './call-places.ts';
import type { KeptCall } from './kept-call.ts';
import { callLength, decodeCall, encodeHead, prefixBytes } from './kept-call-format.ts';
import { readSegment } from './read-segment.ts';
import { rememberUnwritten } from './remember-unwritten.ts';
import type { Segment } from './segment.ts';
import { openSegmentWriter } from './segment-writer.ts';

/** The calls of the last minutes, on disk, to be shown when one is drawn for an audit. */
export type KeptCalls = AsyncDisposable & {
  /** Remembers a call that was answered. Returns at once: no answer waits for the disk. */
  keep(call: KeptCall): void;
  /** The call of a receipt, or null when it is too old or was dropped for room. */
  find(receipt: string): Promise<KeptCall | null>;
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
/** What may wait for a slow disk, bytes; beyond it calls are not kept, rather than kept in memory without end. */
const mostWaiting = 256 * 1024 * 1024;

/**
 * Opens the kept calls of a node. A call is appended to the youngest of a few segments; a segment goes when its last call
 * is older than the window. Nothing is synced: after a power cut a few calls cannot be shown, which costs a node one
 * audit and no standing. What a crash cut in two is found and left out.
 */
export async function openKeptCalls(directory: string, options: KeptCallsOptions): Promise<KeptCalls> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pieceMs = options.windowMs / segmentsPerWindow;
  const pieceBytes = options.diskBytes / segmentsPerWindow;
  let segments: Segment[] = [];
  let queue: Waiting[] = [];
  let waiting = 0;
  let writing: Promise<void> | null = null;
  const unwritten = rememberUnwritten(options);
  const writer = openSegmentWriter();
  await recover();

  return {
    keep(call) {
      const head = encodeHead(call);
      const bytes = head.length + call.inputs.length + call.outputs.length;
      if (waiting + bytes > mostWaiting || bytes > options.diskBytes) return;
      waiting += bytes;
      queue.push({ call, head, bytes });
      writing ??= drain();
    },
    async find(receipt) {
      while (writing) await writing;
      for (const segment of segments.toReversed()) {
        const found = await findIn(segment, receipt);
        if (found) return found;
      }
      return unwritten.find(receipt);
    },
    async [Symbol.asyncDispose]() {
      while (writing) await writing;
      await writer.close();
    },
  };

  /** Whatever came while the last write ran goes to the disk in one piece. */
  async function drain(): Promise<void> {
    await Promise.resolve();
    while (queue.length > 0) {
      const calls = queue;
      queue = [];
      const lost = await append(calls);
      if (lost.length === 0) unwritten.end();
      waiting -= sumOf(calls);
    }
    writing = null;
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
    const name = `${at}-${segments.length}-${Math.random().toString(36).slice(2, 8)}.calls`;
    const path = join(directory, name);
    const segment = { path, startedAt: at, lastAt: at, bytes: 0, places: new CallPlaces(), isClosed: false };
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
    segment.places.add(call.receipt, segment.bytes);
    segment.bytes += length;
    segment.lastAt = Math.max(segment.lastAt, call.at);
  }

  /** What an earlier start left. A file that cannot be read is passed over: it costs its calls, and never the start. */
  async function recover(): Promise<void> {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.calls'));
    for (const path of names.map((name) => join(directory, name)))
      await readSegment(path).then(
        (segment) => segments.push(segment),
        (error: unknown) => options.log.warn({ err: error, path }, 'kept calls of an earlier start cannot be read'),
      );
    segments.sort((a, b) => a.lastAt - b.lastAt);
    await dropOld(options.clock(), 0);
  }
}

const sumOf = (calls: readonly { bytes: number }[]) => calls.reduce((sum, { bytes }) => sum + bytes, 0);

/** The call of a receipt in a segment; null when it is not there, or what stands at its place is something else. */
async function findIn({ path, places }: Segment, receipt: string): Promise<KeptCall | null> {
  for (const offset of places.find(receipt)) {
    await using file = await open(path);
    const length = callLength(await readAt(file, offset, prefixBytes));
    if (!length || offset + length.whole > (await file.stat()).size) continue;
    const call = readWhole(await readAt(file, offset, length.whole));
    if (call?.receipt === receipt) return call;
  }
  return null;
}

/** Null where a disk gave back other bytes than it took. */
function readWhole(bytes: Buffer): KeptCall | null {
  try {
    return decodeCall(bytes);
  } catch {
    return null;
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}
