import { limitMemory } from '../process/limit-memory.ts';
import type { RunnerProcess } from '../process/runner-process.ts';
import type { LoadReason, ModelSource, OutputShapes } from '../runtime.ts';
import { describeExit } from './describe-exit.ts';
import { longestTimerMs } from './watch-deadlines.ts';

export type LoadOutcome = { ok: true; shapes: OutputShapes } | { ok: false; reason: LoadReason; message: string };

/** Loads a model into an empty runner; whatever goes wrong, the runner is not to be used again. */
export async function loadInto(
  runner: RunnerProcess,
  source: ModelSource,
  prlimit: string | null,
): Promise<LoadOutcome> {
  const { inputs, outputs, limits } = source;
  await limitMemory(prlimit, runner.pid, limits.memoryBytes);
  let late = false;
  const timer = setTimeout(
    () => {
      late = true;
      runner.kill();
    },
    Math.min(limits.loadMs, longestTimerMs),
  );
  const answered = new Promise<LoadOutcome>((resolve) => {
    runner.listen((report) => {
      if (report.type === 'loaded') resolve({ ok: true, shapes: report.shapes });
      else if (report.type === 'refused') resolve({ ok: false, reason: report.reason, message: report.message });
    });
  });
  const died = runner.exited.then((exit): LoadOutcome => {
    if (late) return { ok: false, reason: 'TimedOut', message: `The model did not load within ${limits.loadMs} ms.` };
    const reason = exit.outOfMemory ? 'OutOfMemory' : 'RunnerDied';
    return { ok: false, reason, message: describeExit(exit, 'while loading') };
  });
  runner.send({
    type: 'load',
    directory: source.directory,
    entry: source.entry,
    externalFiles: source.externalFiles ?? [],
    inputs,
    outputs,
    threads: source.threads ?? 1,
  });
  try {
    return await Promise.race([answered, died]);
  } finally {
    clearTimeout(timer);
  }
}
