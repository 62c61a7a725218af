import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { KeptCall } from './kept-call.ts';
import { decodeCall, encodeCall, readSegment } from './kept-call-format.ts';
import { rememberUnwritten } from './remember-unwritten.ts';

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

type Place = { segment: Segment; offset: number; length: number };
type Segment = {
  path: string;
  startedAt: number;
  lastAt: number;
  bytes: number;
  receipts: string[];
  /** A write failed: what it left of a call stands at its end, so no place after it is known. */
  isCut?: boolean;
};

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
  const places = new Map<string, Place>();
  let segments: Segment[] = [];
  let queue: { call: KeptCall; bytes: Uint8Array }[] = [];
  let waiting = 0;
  let writing: Promise<void> | null = null;
  const unwritten = rememberUnwritten(options);
  await recover();

  return {
    keep(call) {
      const bytes = encodeCall(call);
      if (waiting + bytes.length > mostWaiting || bytes.length > options.diskBytes) return;
      waiting += bytes.length;
      queue.push({ call, bytes });
      writing ??= drain();
    },
    async find(receipt) {
      while (writing) await writing;
      const place = places.get(receipt);
      if (!place) return unwritten.find(receipt);
      await using file = await open(place.segment.path);
      const { buffer } = await file.read(Buffer.alloc(place.length), 0, place.length, place.offset);
      return decodeCall(buffer);
    },
    async [Symbol.asyncDispose]() {
      while (writing) await writing;
    },
  };

  /** Whatever came while the last write ran goes to the disk in one piece. */
  async function drain(): Promise<void> {
    await Promise.resolve();
    while (queue.length > 0) {
      const calls = queue;
      queue = [];
      await append(calls).then(
        () => unwritten.end(),
        (error: unknown) => {
          for (const { call, bytes } of calls) if (!places.has(call.receipt)) unwritten.add(call, bytes.length, error);
        },
      );
      waiting -= calls.reduce((sum, { bytes }) => sum + bytes.length, 0);
    }
    writing = null;
  }

  async function append(calls: readonly { call: KeptCall; bytes: Uint8Array }[]): Promise<void> {
    let file: FileHandle | null = null;
    let written: Segment | null = null;
    let isWhole = false;
    try {
      for (const { call, bytes } of calls) {
        const segment = await segmentFor(call.at, bytes.length);
        if (segment !== written) {
          await file?.close();
          file = await open(segment.path, 'a', 0o600);
          written = segment;
        }
        // `write` may write a part and say so: on a disk that is nearly full the next call would lie elsewhere.
        await file?.appendFile(bytes);
        place(segment, call, bytes.length);
      }
      isWhole = true;
    } finally {
      if (written && !isWhole) written.isCut = true;
      await file?.close();
    }
  }

  async function segmentFor(at: number, bytes: number): Promise<Segment> {
    await dropOld(at, bytes);
    const youngest = segments.at(-1);
    const pieceMs = options.windowMs / segmentsPerWindow;
    const pieceBytes = options.diskBytes / segmentsPerWindow;
    if (youngest && !youngest.isCut && at < youngest.startedAt + pieceMs && youngest.bytes < pieceBytes)
      return youngest;
    const name = `${at}-${segments.length}-${Math.random().toString(36).slice(2, 8)}.calls`;
    const segment = { path: join(directory, name), startedAt: at, lastAt: at, bytes: 0, receipts: [] };
    segments.push(segment);
    return segment;
  }

  async function dropOld(now: number, more: number): Promise<void> {
    let total = segments.reduce((sum, segment) => sum + segment.bytes, more);
    const isOver = (segment: Segment) => segment.lastAt + options.windowMs < now || total > options.diskBytes;
    for (let oldest = segments[0]; oldest && isOver(oldest); oldest = segments[0]) {
      segments = segments.slice(1);
      total -= oldest.bytes;
      for (const receipt of oldest.receipts) places.delete(receipt);
      await rm(oldest.path, { force: true });
    }
  }

  function place(segment: Segment, call: Pick<KeptCall, 'receipt' | 'at'>, length: number): void {
    places.set(call.receipt, { segment, offset: segment.bytes, length });
    segment.receipts.push(call.receipt);
    segment.bytes += length;
    segment.lastAt = Math.max(segment.lastAt, call.at);
  }

  async function recover(): Promise<void> {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.calls'));
    for (const path of names.map((name) => join(directory, name))) {
      const segment: Segment = { path, startedAt: 0, lastAt: 0, bytes: 0, receipts: [] };
      for await (const { call, length } of readSegment(path)) place(segment, call, length);
      segments.push(segment);
    }
    segments.sort((a, b) => a.lastAt - b.lastAt);
    // No more is written to a segment that a crash may have cut in two.
    await dropOld(options.clock(), 0);
  }
}
