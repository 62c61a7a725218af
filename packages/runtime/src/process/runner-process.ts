import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { decodeReport } from '../channel/decode-report.ts';
import { encodeOrder } from '../channel/encode-order.ts';
import { bodyLength, encodeFrame, type FrameBody, FrameReader, partsOf } from '../channel/frame.ts';
import { isEnd, type Order, type Region, type Report } from '../channel/messages.ts';
import type { RuntimeRow } from '../runtime-row.ts';
import type { ScratchRoom } from '../scratch/find-scratch-room.ts';
import { makeScratch, type Scratch } from '../scratch/open-scratch.ts';
import { fencedCommand, type RunnerFence } from './runner-fence.ts';

export type RunnerExit = { code: number | null; signal: NodeJS.Signals | null; outOfMemory: boolean };

/** A child process that loads one model and answers calls to it, seen from the node. */
export type RunnerProcess = AsyncDisposable & {
  readonly pid: number;
  readonly version: string;
  /** Settled after everything the runner said has been heard, and its directory is gone. */
  readonly exited: Promise<RunnerExit>;
  /**
   * All orders of a turn of the loop leave in one write. A body is not copied, or only to where its runner finds it, and must not
   * be changed.
   */
  send(order: Order, body?: FrameBody): void;
  /** Who hears the reports; one at a time. */
  listen(hear: (report: Report, body: Uint8Array) => void): void;
  kill(): void;
};

export type RunnerPlace = {
  row: RuntimeRow;
  /** The most any model may take; a sandboxed engine is told. */
  memoryBytes: number;
  fence: RunnerFence;
  /** Where the runner's own empty directory is made. */
  parent: string;
  localeDirectory: string | null;
  addressSpaceBytes: number;
  /** Where the bodies of large calls wait for their turn; null sends all through the channel. */
  scratch: ScratchRoom | null;
  startMs: number;
};

const nothing = new Uint8Array(0);
/** So many orders do not wait for the end of the turn. */
const mostJoined = 4;
/** Orders up to this are joined to be written. */
const joinedBytes = 32 * 1024;

/** Starts an empty runner and waits until it is ready to load; throws when it does not get there. */
export async function startRunner(place: RunnerPlace): Promise<RunnerProcess> {
  const directory = await mkdtemp(join(place.parent, 'runner-'));
  const [file, ...args] = fencedCommand(place.fence, place.addressSpaceBytes, [
    process.execPath,
    '--no-warnings',
    place.row.runner,
    ...(place.row.args?.(place.memoryBytes) ?? []),
  ]);
  const made = makeScratch(place.scratch);
  const child = spawn(file ?? process.execPath, args, {
    cwd: directory,
    env: { ...place.row.environment, ...environment(directory, place.localeDirectory) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(made ? [made.readable] : [])],
  });
  if (made) closeSync(made.readable);
  const channel = child.stdio[3] as Duplex | undefined;
  if (!channel) {
    made?.scratch.close();
    await rm(directory, { recursive: true, force: true });
    throw new Error('the system cannot start another process for a runner');
  }
  const runner = attach(child, channel, directory, made?.scratch ?? null);
  const timer = setTimeout(() => runner.kill(), place.startMs);
  try {
    return await runner.ready;
  } finally {
    clearTimeout(timer);
  }
}

/** Built from nothing: a secret of the node must not reach a process that runs strangers' models. */
function environment(directory: string, localeDirectory: string | null): Record<string, string> {
  return {
    HOME: directory,
    TMPDIR: directory,
    TZ: 'UTC',
    // Each arena reserves 64 MB of the address space that is limited.
    MALLOC_ARENA_MAX: '2',
    UV_THREADPOOL_SIZE: '1',
    ...(localeDirectory === null ? {} : { LOCPATH: localeDirectory }),
  };
}

function attach(
  child: ChildProcess,
  channel: Duplex,
  directory: string,
  scratch: Scratch | null,
): RunnerProcess & { ready: Promise<RunnerProcess> } {
  const reader = new FrameReader();
  const lastWords = keepTail(child);
  /** Where the bodies of the calls that it has not answered lie, in their order. */
  const laid: (Region | null)[] = [];
  let hear: (report: Report, body: Uint8Array) => void = () => {};
  let failure: Error | null = null;
  const kill = () => void child.kill('SIGKILL');

  child.on('error', (error) => {
    failure = error;
  });
  // A write to a runner that has just died fails; its exit tells the story.
  channel.on('error', () => {});
  channel.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk, (head, body) => {
        const report = decodeReport(head);
        const over = isEnd(report) ? laid.shift() : null;
        if (over) scratch?.free(over);
        hear(report, body);
      });
    } catch (error) {
      failure = new Error('a runner does not speak in frames', { cause: error });
      kill();
    }
  });
  const exited = new Promise<RunnerExit>((resolve) => {
    child.on('close', (code, signal) => {
      scratch?.close();
      const exit = { code, signal, outOfMemory: /out of memory|bad_alloc|allocation failed/i.test(lastWords()) };
      rm(directory, { recursive: true, force: true }).then(
        () => resolve(exit),
        () => resolve(exit),
      );
    });
  });

  let outgoing: Uint8Array[] = [];
  let orders = 0;
  let isFlushing = false;
  const flush = () => {
    if (outgoing.length === 0) return;
    const parts = outgoing;
    outgoing = [];
    orders = 0;
    const bytes = bodyLength(parts);
    // Measured: a copy of a few kilobytes costs less than one more part of a write.
    if (bytes <= joinedBytes) return void channel.write(Buffer.concat(parts, bytes));
    channel.cork();
    for (const part of parts) channel.write(part);
    channel.uncork();
  };

  const layBody = (order: Order, body: FrameBody): { order: Order; body: FrameBody } => {
    if (order.type !== 'run') return { order, body };
    const region = scratch?.lay(body) ?? null;
    laid.push(region);
    return region ? { order: { ...order, region }, body: nothing } : { order, body };
  };

  const flushAtEnd = () => {
    isFlushing = false;
    flush();
  };

  const runner = {
    pid: child.pid ?? -1,
    version: '',
    exited,
    send(order: Order, body: FrameBody = nothing) {
      const sent = layBody(order, body);
      outgoing.push(encodeFrame(encodeOrder(sent.order), bodyLength(sent.body)), ...partsOf(sent.body));
      // After all that is ready in this turn of the loop was read: calls of several connections leave together.
      if (!isFlushing) setImmediate(flushAtEnd);
      isFlushing = true;
      // The process begins while the rest is still read.
      if (++orders >= mostJoined) flush();
    },
    listen(listener: typeof hear) {
      hear = listener;
    },
    kill,
    async [Symbol.asyncDispose]() {
      kill();
      await exited;
    },
  };
  const ready = new Promise<RunnerProcess>((resolve, reject) => {
    hear = (report) => {
      if (report.type === 'ready') resolve(Object.assign(runner, { version: report.version }));
    };
    exited.then((exit) => {
      const told = lastWords().trim().slice(-500);
      reject(new Error(`a runner ended before it was ready: ${exit.signal ?? exit.code} ${told}`, { cause: failure }));
    });
  });
  return Object.assign(runner, { ready });
}

/** The end of what a dying process writes: V8 and C++ say there that memory ran out. Never shown to anybody but the operator. */
function keepTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('latin1').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-4096);
  });
  return () => tail;
}
