import type { ModelLimits } from '../runtime.ts';
import type { Deadlines } from './watch-deadlines.ts';

/** Ends what runs too long in one model's process. */
export type RunWatch = {
  /** A call with this deadline is running from now on. */
  begin(deadlineAt: number): void;
  /** Another call may be the one that is running, with this deadline. */
  hurry(deadlineAt: number): void;
  end(): void;
};

export function watchRun(options: {
  deadlines: Deadlines;
  limits: Pick<ModelLimits, 'runMs'>;
  /** A call keeps its process at least this long. */
  patienceMs: number;
  /** What a process gets more that hears the cancel of a deadline: it may end the call by itself. */
  graceMs: number;
  clock: () => number;
  /** Hears how long the call was given, milliseconds. */
  onLate(ms: number): void;
}): RunWatch {
  const { deadlines, limits, patienceMs, graceMs, clock } = options;
  let since = 0;
  const late = { deadlineAt: 0, expire: () => options.onLate(late.deadlineAt - since) };
  return {
    begin(deadlineAt) {
      since = clock();
      late.deadlineAt = graceMs + Math.min(since + limits.runMs, Math.max(deadlineAt, since + patienceMs));
      deadlines.add(late);
    },
    hurry(deadlineAt) {
      const sooner = graceMs + Math.max(deadlineAt, since + patienceMs);
      if (sooner >= late.deadlineAt) return;
      late.deadlineAt = sooner;
      deadlines.add(late);
    },
    end: () => deadlines.remove(late),
  };
}
