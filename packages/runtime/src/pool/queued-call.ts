import type { EndReport } from '../channel/messages.ts';
import type { ModelCall, RunOptions, RunReason, RunVerdict } from '../runtime.ts';
import type { Dated, Deadlines } from './watch-deadlines.ts';

/** One call on its way. Whatever happens first settles it; the rest finds it settled. */
export class QueuedCall implements Dated {
  readonly call: ModelCall;
  readonly deadlineAt: number;
  readonly onPiece: RunOptions['onPiece'];
  readonly verdict: Promise<RunVerdict>;
  settled = false;
  private readonly options: RunOptions;
  private readonly around: { deadlines: Deadlines; onGone: (queued: QueuedCall) => void };
  private resolve: (verdict: RunVerdict) => void = () => {};
  private fail: (error: unknown) => void = () => {};

  /** It ends by itself at its deadline, or rejects when its caller gives up; `onGone` hears of both: the model may be at it. */
  constructor(
    call: ModelCall,
    options: RunOptions,
    now: number,
    around: { deadlines: Deadlines; onGone: (queued: QueuedCall) => void },
  ) {
    this.call = call;
    this.options = options;
    this.around = around;
    this.deadlineAt = now + options.deadlineMs;
    this.onPiece = options.onPiece;
    this.verdict = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.fail = reject;
    });
    around.deadlines.add(this);
    options.signal?.addEventListener('abort', this.leave, { once: true });
  }

  settle(verdict: RunVerdict): void {
    this.finish();
    this.resolve(verdict);
  }

  /** Ends it with what its caller did wrong. */
  reject(error: unknown): void {
    this.finish();
    this.fail(error);
  }

  /** Its deadline has come. */
  expire(): void {
    const { deadlineMs } = this.options;
    this.settle(failure('TimedOut', `The call was not answered within ${Math.round(deadlineMs)} ms.`));
    this.around.onGone(this);
  }

  /** Its caller has gone. */
  private readonly leave = (): void => {
    this.reject(this.options.signal?.reason);
    this.around.onGone(this);
  };

  private finish(): void {
    if (this.settled) return;
    this.settled = true;
    this.around.deadlines.remove(this);
    this.options.signal?.removeEventListener('abort', this.leave);
  }
}

export function failure(reason: RunReason, message: string): RunVerdict {
  return { ok: false, kind: 'model', reason, message };
}

/** What a runner reports of a call, as its caller hears it. */
export function verdictOf(report: EndReport, body: Uint8Array): RunVerdict {
  if (report.type === 'ran') {
    const { id, inputDigest, outputDigest, runMs } = report;
    return { ok: true, body, ...(id === undefined ? {} : { id }), inputDigest, outputDigest, runMs };
  }
  if (report.type === 'input') return { ok: false, kind: 'input', problem: report.problem };
  return failure(report.reason, report.message);
}
