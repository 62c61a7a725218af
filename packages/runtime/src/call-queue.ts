import type { Report } from './messages.ts';
import type { ModelCall, RunReason, RunVerdict } from './runtime.ts';

/** Node fires a timer beyond this at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** One call on its way. Whatever happens first settles it; the rest finds it settled. */
export type QueuedCall = {
  readonly call: ModelCall;
  readonly deadlineAt: number;
  readonly settled: boolean;
  settle(verdict: RunVerdict): void;
};

/** Makes a call that ends by itself at its deadline, or rejects when its caller gives up. */
export function queueCall(
  call: ModelCall,
  deadlineMs: number,
  now: number,
  signal: AbortSignal | undefined,
): { queued: QueuedCall; verdict: Promise<RunVerdict> } {
  let finish: (() => void) | null = null;
  let settle: (verdict: RunVerdict) => void = () => {};
  const verdict = new Promise<RunVerdict>((resolve, reject) => {
    const timer = setTimeout(
      () => settle(failure('TimedOut', `The call was not answered within ${deadlineMs} ms.`)),
      Math.min(deadlineMs, longestTimerMs),
    );
    const abort = () => {
      finish?.();
      reject(signal?.reason);
    };
    finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      finish = null;
    };
    settle = (each) => {
      finish?.();
      resolve(each);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
  const queued: QueuedCall = {
    call,
    deadlineAt: now + deadlineMs,
    get settled() {
      return finish === null;
    },
    settle,
  };
  return { queued, verdict };
}

export function failure(reason: RunReason, message: string): RunVerdict {
  return { ok: false, kind: 'model', reason, message };
}

/** What a runner reports of a call, as its caller hears it. */
export function verdictOf(report: Report, body: Uint8Array): RunVerdict {
  if (report.type === 'ran') {
    const { id, inputDigest, outputDigest, runMs } = report;
    return { ok: true, body, ...(id === undefined ? {} : { id }), inputDigest, outputDigest, runMs };
  }
  if (report.type === 'input') return { ok: false, kind: 'input', problem: report.problem };
  if (report.type === 'failed') return failure(report.reason, report.message);
  return failure('RunnerDied', 'The runner answered with something else.');
}
