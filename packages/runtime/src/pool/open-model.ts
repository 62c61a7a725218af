import { throwIfEnded } from '@callable/protocol';
import { bodyLength } from '../channel/frame.ts';
import { piecesAhead, type Report } from '../channel/messages.ts';
import type { RunnerExit, RunnerProcess } from '../process/runner-process.ts';
import type { LoadedModel, ModelExit, ModelLimits, RuntimeInfo, RunVerdict } from '../runtime.ts';
import { failure, QueuedCall, verdictOf } from './call-queue.ts';
import { deliverPieces, type PieceDelivery } from './deliver-pieces.ts';
import { describeExit } from './describe-exit.ts';
import { watchDeadlines } from './watch-deadlines.ts';

export type OpenModelOptions = {
  digest: string;
  info: RuntimeInfo;
  limits: ModelLimits;
  /** Whether its runner hears orders while it runs. */
  streams: boolean;
  /** Holds the model loaded. */
  runner: RunnerProcess;
  /** Gets another runner with the model loaded, which may take so much memory, or says why there is none. */
  replace(memoryBytes: number): Promise<{ ok: true; runner: RunnerProcess } | { ok: false; message: string }>;
  /** Called once, when the model is gone for good. */
  release(): void;
  clock: () => number;
  /**
   * A call keeps its runner at least this long, even when its caller stops waiting earlier: else
   * anybody could make a node reload a model over and over by asking with a deadline of 1 ms.
   */
  patienceMs: number;
};

/**
 * Sent ahead, so that a runner finds its next call waiting: of a quick model as many as take it a few milliseconds, which
 * makes one write and one wake-up of several, as long as they are small. A slow one gets no more than two: what is sent
 * cannot be taken back, nor be overtaken by whoever's turn would be next. `callMs` is what a call takes around the model.
 */
const sentAhead = { usual: 2, most: 32, quickMs: 0.5, callMs: 0.1, aheadMs: 3, bytes: 256 * 1024 };

const deathsInARow = 3;

type Failed = Extract<Report, { type: 'failed' }>;
/** `pieces` is null where the answer comes whole. */
type SentCall = { number: number; queued: QueuedCall; pieces: PieceDelivery | null };

/** A model whose process may die under it: only the call that killed it fails. */
export function openModel(options: OpenModelOptions): LoadedModel {
  const { limits, streams, clock } = options;
  let runner: RunnerProcess | null = null;
  let deaths = 0;
  let barren = 0;
  let gone: ModelExit | null = null;
  let waiting: QueuedCall[] = [];
  let sent: SentCall[] = [];
  let numbers = 0;
  let hung = false;
  /** Calls of this runner that came to an end. */
  let answered = 0;
  /** Of the last answers; until there is one, nobody knows. */
  let meanRunMs = Number.POSITIVE_INFINITY;
  let { memoryBytes } = limits;
  const deadlines = watchDeadlines(clock);
  const around = { deadlines, onGone: cancel };
  /** Ends what runs too long. */
  const watchdog = {
    deadlineAt: 0,
    since: 0,
    expire: () =>
      giveUp(
        failure('TimedOut', `The model did not answer within ${Math.round(watchdog.deadlineAt - watchdog.since)} ms.`),
      ),
  };
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
    get ahead() {
      return ahead();
    },
    get deaths() {
      return deaths;
    },
    async run(call, running) {
      if (running.signal) throwIfEnded(running.signal);
      if (gone) return failure('RunnerDied', gone.message);
      const queued = new QueuedCall(call, running, clock(), around);
      waiting.push(queued);
      pump();
      return queued.verdict;
    },
    grow(bytes) {
      if (gone || streams || bytes <= memoryBytes) return false;
      memoryBytes = bytes;
      const old = runner;
      // Where it is being replaced already, the replacement sees the new limit.
      if (old) void retire(old);
      return true;
    },
    async [Symbol.asyncDispose]() {
      const last = runner;
      end({ disposed: true, message: 'The model was unloaded.' });
      await last?.[Symbol.asyncDispose]();
    },
  };

  function adopt(fresh: RunnerProcess): void {
    runner = fresh;
    answered = 0;
    hung = false;
    fresh.listen((report, body) => {
      if (report.type === 'piece') {
        if (!sent[0]?.pieces?.push(body))
          giveUp(failure('RunnerDied', 'The runner sent a piece it had no credit for.'));
        return;
      }
      const call = sent.shift();
      barren = 0;
      deadlines.remove(watchdog);
      if (call && report.type === 'failed' && report.spent && runner === fresh) return renew(fresh, call, report);
      answered++;
      // Rises at once and falls slowly: one slow call in a few makes a model slow.
      if (report.type === 'ran')
        meanRunMs = Number.isFinite(meanRunMs)
          ? Math.max(report.runMs, 0.9 * meanRunMs + 0.1 * report.runMs)
          : report.runMs;
      const verdict = verdictOf(report, body);
      // A taker that threw has ended the call itself.
      if (call?.pieces) call.pieces.delivered.then(() => call.queued.settle(verdict)).catch(() => {});
      else call?.queued.settle(verdict);
      if (sent.length > 0) watch();
      pump();
    });
    fresh.exited.then((exit) => {
      if (runner === fresh) bury(exit);
    });
    pump();
  }

  function pump(): void {
    while (runner !== null && !hung && sent.length < aheadOfNext()) {
      const next = waiting.shift();
      if (!next) return;
      if (next.settled) continue;
      send(runner, next);
      if (sent.length === 1) watch();
    }
  }

  function ahead(): number {
    if (meanRunMs >= sentAhead.quickMs) return sentAhead.usual;
    return Math.min(sentAhead.most, Math.floor(sentAhead.aheadMs / (meanRunMs + sentAhead.callMs)));
  }

  /** As far as calls of the size of the one that waits next may lie in the runner's socket. */
  function aheadOfNext(): number {
    const bytes = bodyLength(waiting[0]?.call.body ?? []);
    return Math.max(sentAhead.usual, Math.min(ahead(), Math.floor(sentAhead.bytes / Math.max(1, bytes))));
  }

  function send(to: RunnerProcess, queued: QueuedCall): void {
    const { encoding, body, salt } = queued.call;
    const number = numbers++;
    const inPieces = streams && queued.onPiece !== undefined;
    to.send({ type: 'run', call: number, encoding, salt, pieces: inPieces ? piecesAhead : 0 }, body);
    const pieces = inPieces ? openPieces(to, number, queued) : null;
    sent.push({ number, queued, pieces });
  }

  function openPieces(to: RunnerProcess, number: number, queued: QueuedCall): PieceDelivery {
    return deliverPieces(queued.onPiece, {
      give: () => to.send({ type: 'credit', call: number }),
      fail(error) {
        queued.reject(error);
        cancel(queued);
      },
    });
  }

  /** Nobody waits for it any more. A runner that cannot hear this finishes, or is killed at the call's end. */
  function cancel(queued: QueuedCall): void {
    const call = sent.find((each) => each.queued === queued);
    if (call && streams) runner?.send({ type: 'cancel', call: call.number });
  }

  /** Ends the call that is running and the process with it. */
  function giveUp(verdict: RunVerdict): void {
    hung = true;
    sent[0]?.queued.settle(verdict);
    runner?.kill();
  }

  /** The first call sent is running from now on. */
  function watch(): void {
    const running = sent[0]?.queued;
    const now = clock();
    // One that hears the cancel of its deadline gets time to end by itself.
    const grace = streams ? options.patienceMs : 0;
    watchdog.since = now;
    watchdog.deadlineAt =
      grace + Math.min(now + limits.runMs, Math.max(running?.deadlineAt ?? now, now + options.patienceMs));
    deadlines.add(watchdog);
  }

  /** The runner died: the call that was running is lost, the others go on with the next one. */
  function bury(exit: RunnerExit): void {
    deadlines.remove(watchdog);
    runner = null;
    deaths++;
    const [culprit, ...innocent] = sent;
    sent = [];
    waiting = [...innocent.map(({ queued }) => queued), ...waiting];
    barren = culprit ? barren : barren + 1;
    culprit?.queued.settle(
      failure(exit.outOfMemory ? 'OutOfMemory' : 'RunnerDied', describeExit(exit, 'during this call')),
    );
    if (barren >= deathsInARow) end({ disposed: false, message: describeExit(exit, 'again and again without a call') });
    else void revive();
  }

  /**
   * What large calls left behind made this one fail: it runs again where there were none. A runner that is new to this call
   * has shown what the call takes, and leaves its successor the next.
   */
  function renew(old: RunnerProcess, { queued }: SentCall, { reason, message }: Failed): void {
    if (answered === 0) queued.settle(failure(reason, message));
    else waiting.unshift(queued);
    void retire(old);
  }

  /** Ends a runner that nobody blames, and gives its calls to the next one. */
  async function retire(old: RunnerProcess): Promise<void> {
    deadlines.remove(watchdog);
    runner = null;
    waiting = [...sent.map(({ queued }) => queued), ...waiting];
    sent = [];
    // First: two of them at once would need the memory of both.
    await old[Symbol.asyncDispose]();
    await revive();
  }

  async function revive(): Promise<void> {
    const allowed = memoryBytes;
    const replaced = await options
      .replace(allowed)
      .catch((error: Error) => ({ ok: false as const, message: error.message }));
    if (gone) {
      if (replaced.ok) await replaced.runner[Symbol.asyncDispose]();
    } else if (replaced.ok && allowed !== memoryBytes) await retire(replaced.runner);
    else if (replaced.ok) adopt(replaced.runner);
    else end({ disposed: false, message: `The model could not be loaded again: ${replaced.message}` });
  }

  function end(exit: ModelExit): void {
    if (gone) return;
    gone = exit;
    runner = null;
    deadlines.remove(watchdog);
    for (const call of [...sent.map(({ queued }) => queued), ...waiting])
      call.settle(failure('RunnerDied', exit.message));
    [sent, waiting] = [[], []];
    options.release();
    announce(exit);
  }
}
