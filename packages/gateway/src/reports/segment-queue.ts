import { CallableError } from '@callable/protocol';
import type { Logger } from 'pino';

/** Bytes that wait for a hub that is away, about 300,000 calls. */
const mostBytes = 64 * 1024 * 1024;
const firstRetryMs = 500;
const longestRetryMs = 30_000;

/** Segments on their way to the hub, one after the other. */
export type SegmentQueue = {
  push(bytes: Uint8Array, calls: number): void;
  /** Nothing waits. */
  readonly isEmpty: boolean;
  /** Resolves when nothing waits, or after the first failure: it does not wait for the next attempt. */
  drain(): Promise<void>;
  /** Resolves when nothing waits, however often that takes: from now on the pauses grow anew. */
  empty(): Promise<void>;
  /** What is being sent is given up. */
  stop(): void;
};

type Waiting = { bytes: Uint8Array; calls: number };

/**
 * The same bytes are sent until the hub has them, which counts them once, or refuses them for good. Beyond 64 MiB the oldest
 * are dropped and counted: a hub that is down must not take the gateway with it. `onSent` hears of each that has gone.
 */
export function createSegmentQueue(options: {
  send: (bytes: Uint8Array, signal: AbortSignal) => Promise<unknown>;
  log: Pick<Logger, 'warn'>;
  onSent: () => void;
}): SegmentQueue {
  const { log } = options;
  const waiting: Waiting[] = [];
  const end = new AbortController();
  let sending: Promise<boolean> | null = null;
  let retry: NodeJS.Timeout | null = null;
  const whenEmpty: (() => void)[] = [];
  let [bytesHeld, dropped, retryMs] = [0, 0, firstRetryMs];

  function remove(segment: Waiting): void {
    const at = waiting.indexOf(segment);
    if (at < 0) return;
    waiting.splice(at, 1);
    bytesHeld -= segment.bytes.length;
  }

  /** Sends what waits until something fails; whether nothing did. */
  async function sendAll(): Promise<boolean> {
    for (let segment = waiting[0]; segment && !end.signal.aborted; segment = waiting[0]) {
      try {
        await options.send(segment.bytes, end.signal);
        retryMs = firstRetryMs;
      } catch (error) {
        if (!isForGood(error)) return fail(error);
        log.warn({ code: error.code, calls: segment.calls }, 'the hub refused a report of calls');
      }
      remove(segment);
      options.onSent();
    }
    if (waiting.length === 0) for (const resolve of whenEmpty.splice(0)) resolve();
    return true;
  }

  function fail(error: unknown): false {
    log.warn({ err: error, segments: waiting.length, droppedCalls: dropped }, 'reports of calls could not be sent yet');
    if (end.signal.aborted) return false;
    retry = setTimeout(go, retryMs);
    retry.unref();
    retryMs = Math.min(2 * retryMs, longestRetryMs);
    return false;
  }

  function go(): Promise<boolean> {
    if (retry) clearTimeout(retry);
    retry = null;
    sending ??= sendAll().finally(() => {
      sending = null;
    });
    return sending;
  }

  return {
    get isEmpty() {
      return waiting.length === 0;
    },
    push(bytes, calls) {
      waiting.push({ bytes, calls });
      bytesHeld += bytes.length;
      while (bytesHeld > mostBytes) {
        // The first may be under way.
        const oldest = waiting[sending ? 1 : 0];
        if (!oldest) break;
        dropped += oldest.calls;
        remove(oldest);
      }
      if (!retry) void go();
    },
    async drain() {
      // What was under way when this was asked may have failed before the last segment came.
      if (sending) await sending;
      if (waiting.length > 0) await go();
    },
    async empty() {
      if (waiting.length === 0) return;
      retryMs = firstRetryMs;
      await new Promise<void>((resolve) => {
        whenEmpty.push(resolve);
        void go();
      });
    },
    stop() {
      end.abort(new Error('The gateway is closing.'));
      if (retry) clearTimeout(retry);
      retry = null;
    },
  };
}

/** Everything else may pass: a slow sender, a clock, a hub that learns of this gateway later. */
const forGood: ReadonlySet<string> = new Set([
  'SegmentInvalid',
  'BodyTooLarge',
  'SignerNotAllowed',
  'ReportsOutdated',
  'MediaTypeUnsupported',
]);

const isForGood = (error: unknown): error is CallableError => error instanceof CallableError && forGood.has(error.code);
