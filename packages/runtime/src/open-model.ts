import { failure, longestTimerMs, type QueuedCall, queueCall, verdictOf } from './call-queue.ts';
import { describeExit } from './describe-exit.ts';
import type { RunnerExit, RunnerProcess } from './runner-process.ts';
import type { LoadedModel, ModelExit, ModelLimits, RuntimeInfo } from './runtime.ts';

export type OpenModelOptions = {
  digest: string;
  info: RuntimeInfo;
  limits: ModelLimits;
  /** Holds the model loaded. */
  runner: RunnerProcess;
  /** Gets another runner with the model loaded, or says why there is none. */
  replace(): Promise<{ ok: true; runner: RunnerProcess } | { ok: false; message: string }>;
  /** Called once, when the model is gone for good. */
  release(): void;
  clock: () => number;
  /**
   * A call keeps its runner at least this long, even when its caller stops waiting earlier: else
   * anybody could make a node reload a model over and over by asking with a deadline of 1 ms.
   */
  patienceMs: number;
};

/** Sent ahead, so that a runner finds its next call waiting; more would only sit where it cannot be taken back. */
const sentAhead = 2;

/** A model whose process may die under it: only the call that killed it fails. */
const deathsInARow = 3;

export function openModel(options: OpenModelOptions): LoadedModel {
  const { limits, clock } = options;
  let runner: RunnerProcess | null = null;
  let deaths = 0;
  let barren = 0;
  let gone: ModelExit | null = null;
  let watchdog: NodeJS.Timeout | undefined;
  let waiting: QueuedCall[] = [];
  let sent: QueuedCall[] = [];
  let hung = false;
  let announce: (exit: ModelExit) => void = () => {};
  const exited = new Promise<ModelExit>((resolve) => {
    announce = resolve;
  });

  adopt(options.runner);

  return {
    digest: options.digest,
    info: options.info,
    exited,
    get pid() {
      return runner?.pid ?? null;
    },
    get deaths() {
      return deaths;
    },
    async run(call, { deadlineMs, signal }) {
      signal?.throwIfAborted();
      if (gone) return failure('RunnerDied', gone.message);
      const { queued, verdict } = queueCall(call, deadlineMs, clock(), signal);
      waiting.push(queued);
      pump();
      return verdict;
    },
    async [Symbol.asyncDispose]() {
      const last = runner;
      end({ disposed: true, message: 'The model was unloaded.' });
      await last?.[Symbol.asyncDispose]();
    },
  };

  function adopt(fresh: RunnerProcess): void {
    runner = fresh;
    hung = false;
    fresh.listen((report, body) => {
      const call = sent.shift();
      barren = 0;
      clearTimeout(watchdog);
      call?.settle(verdictOf(report, body));
      if (sent.length > 0) watch();
      pump();
    });
    fresh.exited.then((exit) => {
      if (runner === fresh) bury(exit);
    });
    pump();
  }

  function pump(): void {
    while (runner !== null && !hung && sent.length < sentAhead) {
      const next = waiting.shift();
      if (!next) return;
      if (next.settled) continue;
      const { encoding, body, salt } = next.call;
      runner.send({ type: 'run', encoding, salt: Buffer.from(salt).toString('hex') }, body);
      sent.push(next);
      if (sent.length === 1) watch();
    }
  }

  /** The first call sent is running from now on. */
  function watch(): void {
    const [running] = sent;
    const now = clock();
    const until = Math.min(now + limits.runMs, Math.max(running?.deadlineAt ?? now, now + options.patienceMs));
    watchdog = setTimeout(
      () => {
        hung = true;
        running?.settle(failure('TimedOut', `The model did not answer within ${Math.round(until - now)} ms.`));
        runner?.kill();
      },
      Math.min(until - now, longestTimerMs),
    );
  }

  /** The runner died: the call that was running is lost, the others go on with the next one. */
  function bury(exit: RunnerExit): void {
    clearTimeout(watchdog);
    runner = null;
    deaths++;
    const [culprit, ...innocent] = sent;
    sent = [];
    waiting = [...innocent, ...waiting];
    barren = culprit ? barren : barren + 1;
    culprit?.settle(failure(exit.outOfMemory ? 'OutOfMemory' : 'RunnerDied', describeExit(exit, 'during this call')));
    if (barren >= deathsInARow) end({ disposed: false, message: describeExit(exit, 'again and again without a call') });
    else void revive();
  }

  async function revive(): Promise<void> {
    const replaced = await options.replace().catch((error: Error) => ({ ok: false as const, message: error.message }));
    if (gone) {
      if (replaced.ok) await replaced.runner[Symbol.asyncDispose]();
    } else if (replaced.ok) adopt(replaced.runner);
    else end({ disposed: false, message: `The model could not be loaded again: ${replaced.message}` });
  }

  function end(exit: ModelExit): void {
    if (gone) return;
    gone = exit;
    runner = null;
    clearTimeout(watchdog);
    for (const call of [...sent, ...waiting]) call.settle(failure('RunnerDied', exit.message));
    [sent, waiting] = [[], []];
    options.release();
    announce(exit);
  }
}
