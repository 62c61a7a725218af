import type { Logger } from 'pino';
import type { KeptCall } from './kept-call.ts';

/** Bytes: seconds of calls, and an audit is drawn within seconds. */
const most = 64 * 1024 * 1024;

/**
 * The calls that a full disk did not take, in memory. A node that could not show them would be said to hide them: it counts
 * as a wrong answer, and its disk is no reason for one.
 */
export function rememberUnwritten({
  windowMs,
  clock,
  log,
}: {
  windowMs: number;
  clock: () => number;
  log: Pick<Logger, 'warn'>;
}) {
  const calls = new Map<string, { call: KeptCall; bytes: number }>();
  let total = 0;
  let isFailing = false;

  return {
    add(call: KeptCall, bytes: number, error: unknown): void {
      // Once: thousands of calls a minute fail alike.
      if (!isFailing) log.warn({ err: error }, 'calls could not be written for audits; the last ones are in memory');
      isFailing = true;
      calls.set(call.receipt, { call, bytes });
      total += bytes;
      for (const [receipt, oldest] of calls) {
        if (total <= most && oldest.call.at + windowMs >= clock()) break;
        calls.delete(receipt);
        total -= oldest.bytes;
      }
    },
    find: (receipt: string): KeptCall | null => calls.get(receipt)?.call ?? null,
    /** Calls can be written again. */
    end(): void {
      isFailing = false;
    },
  };
}
