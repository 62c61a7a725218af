import type { Report } from '../channel/messages.ts';
import type { ModelCall, RunOptions, RunReason, RunVerdict } from '../runtime.ts';

/** Node fires a timer beyond this at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** One call on its way. Whatever happens first settles it; the rest finds it settled. */
export type QueuedCall = {
  readonly call: ModelCall;
  readonly deadlineAt: number;
  readonly onPiece: RunOptions['onPiece'];
  readonly settled: boolean;
  settle(verdict: RunVerdict): void;
  /** Ends it with what its caller did wrong. */
  reject(error: unknown): void;
};

/**
 * Makes a call that ends by itself at its deadline, or rejects when its caller gives up; `onGone` hears of both, since
 * the model may still be at it.
 */
export function queueCall(
  call: ModelCall,
  { deadlineMs, signal, onPiece }: RunOptions,
  now: number,
  onGone: (queued: QueuedCall) => void,
): { queued: QueuedCall; verdict: Promise<RunVerdict> } {
  let finish: (() => void) | null = null;
  let settle: (verdict: RunVerdict) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const verdict = new Promise<RunVerdict>((resolve, fail) => {
    const timer = setTimeout(
      () => {
        settle(failure('TimedOut', `The call was not answered within ${Math.round(deadlineMs)} ms.`));
        onGone(queued);
      },
      Math.min(deadlineMs, longestTimerMs),
    );
    const abort = () => {
      reject(signal?.reason);
      onGone(queued);
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
    reject = (error) => {
      finish?.();
      fail(error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
  const queued: QueuedCall = {
    call,
    deadlineAt: now + deadlineMs,
    onPiece,
    get settled() {
      return finish === null;
    },
    settle,
    reject,
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
