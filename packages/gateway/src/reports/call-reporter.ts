import { CallableError, type CallReport } from '@callable/protocol';
import type { Logger } from 'pino';

const batchReports = 500;
const batchMs = 200;
const queuedReports = 20_000;
const firstRetryMs = 500;
const longestRetryMs = 30_000;
const closingMs = 2_000;

/** Tells the hub of calls, in batches and behind the callers' backs: no answer waits for it. */
export type CallReporter = {
  add(report: CallReport): void;
  /** Sends what is queued, as far as the hub takes it within two seconds. */
  flush(): Promise<void>;
  /** Flushes, and stops for good. */
  close(): Promise<void>;
};

/**
 * Reports wait in memory, oldest dropped first beyond 20000: a hub that is down must not take the gateway with it.
 * A batch the hub refuses for good is dropped, any other failure is tried again.
 */
export function createCallReporter(options: {
  send: (reports: CallReport[], signal: AbortSignal) => Promise<void>;
  log: Pick<Logger, 'warn'>;
}): CallReporter {
  const queue: CallReport[] = [];
  const stop = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let retryMs = firstRetryMs;
  let dropped = 0;
  let closing = false;

  function schedule(ms: number): void {
    if (timer || sending || closing || queue.length === 0) return;
    timer = setTimeout(flush, ms);
    timer.unref();
  }

  function flush(): void {
    timer = null;
    sending = sendBatch().then((waitMs) => {
      sending = null;
      schedule(waitMs);
    });
  }

  /** Milliseconds until the next batch may go. */
  async function sendBatch(): Promise<number> {
    const batch = queue.splice(0, batchReports);
    try {
      await options.send(batch, stop.signal);
      retryMs = firstRetryMs;
      return queue.length >= batchReports ? 0 : batchMs;
    } catch (error) {
      if (error instanceof CallableError && error.status < 500 && error.status !== 429) {
        options.log.warn({ code: error.code, reports: batch.length }, 'the hub refused reports of calls');
        return batchMs;
      }
      queue.unshift(...batch);
      trim();
      const wait = retryMs;
      retryMs = Math.min(2 * retryMs, longestRetryMs);
      options.log.warn({ err: error, queued: queue.length, dropped }, 'reports of calls could not be sent yet');
      return wait;
    }
  }

  async function sendAll(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    const giveUp = setTimeout(() => stop.abort(new Error('The gateway is closing.')), closingMs);
    await sending;
    while (queue.length > 0 && !stop.signal.aborted && (await sendBatch()) <= batchMs);
    clearTimeout(giveUp);
  }

  function trim(): void {
    const excess = queue.length - queuedReports;
    if (excess <= 0) return;
    queue.splice(0, excess);
    dropped += excess;
  }

  return {
    add(report) {
      queue.push(report);
      trim();
      schedule(batchMs);
      if (queue.length >= batchReports && timer && retryMs === firstRetryMs) {
        clearTimeout(timer);
        flush();
      }
    },
    flush: sendAll,
    async close() {
      closing = true;
      await sendAll();
    },
  };
}
