import { throwIfEnded } from '@callable/protocol';
import { answersBeforeHeld, type EndReport, isEnd, piecesAhead, type Report } from '../channel/messages.ts';
import type { RunnerExit, RunnerProcess } from '../process/runner-process.ts';
import type { LoadedModel, ModelExit, ModelLimits, RuntimeInfo, RunVerdict } from '../runtime.ts';
import { createCallLine, type SentCall } from './call-line.ts';
import { deliverPieces, type PieceDelivery } from './deliver-pieces.ts';
import { describeExit } from './describe-exit.ts';
import { failure, QueuedCall, verdictOf } from './queued-call.ts';
import { createLead } from './send-ahead.ts';
import { watchDeadlines } from './watch-deadlines.ts';
import { watchRun } from './watch-run.ts';

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

const deathsInARow = 3;

type Failed = Extract<Report, { type: 'failed' }>;

/** A model whose process may die under it: only the call that killed it fails. */
export function openModel(options: OpenModelOptions): LoadedModel {
  const { limits, streams, clock, patienceMs } = options;
  const line = createCallLine();
  const lead = createLead();
  let runner: RunnerProcess | null = null;
  let deaths = 0;
  /** Deaths since the last call that came to an end. */
  let barren = 0;
  let gone: ModelExit | null = null;
  let numbers = 0;
  let hung = false;
  /** Calls of this runner that came to an end. */
  let answered = 0;
  let { memoryBytes } = limits;
  const deadlines = watchDeadlines(clock);
  const around = { deadlines, onGone: cancel };
  const watch = watchRun({
    ...{ deadlines, limits, clock, patienceMs, graceMs: streams ? patienceMs : 0 },
    onLate(ms) {
      // attack: one that hangs again and again would have as many calls behind it each time as a quick one.
      lead.note(ms);
      giveUp(isUnclear() ? null : failure('TimedOut', `The model did not answer within ${Math.round(ms)} ms.`));
    },
  });
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
      return lead.calls;
    },
    get deaths() {
      return deaths;
    },
    async run(call, running) {
      if (running.signal) throwIfEnded(running.signal);
      if (gone) return failure('RunnerDied', gone.message);
      const queued = new QueuedCall(call, running, clock(), around);
      line.add(queued);
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
      // What a process says after it was given up is nobody's answer.
      if (runner === fresh && !hung) hear(fresh, report, body);
    });
    fresh.exited.then((exit) => {
      if (runner === fresh) bury(exit);
    });
    pump();
  }

  function hear(from: RunnerProcess, report: Report, body: Uint8Array): void {
    const [running] = line.sent;
    if (report.type === 'piece') {
      if (!running?.pieces?.push(body)) giveUp(failure('RunnerDied', 'The runner sent a piece it had no credit for.'));
      // attack: a process that talks on without a call would keep the node busy for nothing.
    } else if (!running || !isEnd(report)) giveUp(failure('RunnerDied', 'The runner answered with something else.'));
    else {
      line.shift();
      barren = 0;
      watch.end();
      if (report.type === 'failed' && report.spent) renew(from, running, report);
      else answer(running, report, body);
    }
  }

  function answer(running: SentCall, report: EndReport, body: Uint8Array): void {
    answered++;
    if (report.type === 'ran') lead.note(report.runMs);
    const verdict = verdictOf(report, body);
    // A taker that threw has ended the call itself.
    if (running.pieces) running.pieces.delivered.then(() => running.queued.settle(verdict)).catch(() => {});
    else running.queued.settle(verdict);
    const [next] = line.sent;
    if (next) watch.begin(next.queued.deadlineAt);
    if (isUnclear()) for (const { queued } of line.sent) watch.hurry(queued.deadlineAt);
    pump();
  }

  function pump(): void {
    for (let next = line.next(); next && runner && !hung; next = line.next()) {
      if (line.sent.length >= lead.callsLike(next.call.body)) return;
      send(runner, next);
    }
  }

  function send(to: RunnerProcess, queued: QueuedCall): void {
    const { encoding, body, salt } = queued.call;
    const number = numbers++;
    const inPieces = streams && queued.onPiece !== undefined;
    to.send({ type: 'run', call: number, encoding, salt, pieces: inPieces ? piecesAhead : 0 }, body);
    line.send({ number, queued, pieces: inPieces ? openPieces(to, number, queued) : null });
    if (line.sent.length === 1) watch.begin(queued.deadlineAt);
    else if (isUnclear()) watch.hurry(queued.deadlineAt);
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
    const call = line.sent.find((each) => each.queued === queued);
    if (call && streams) runner?.send({ type: 'cancel', call: call.number });
  }

  /** Ends the call that is running, where that is known, and the process with it. */
  function giveUp(verdict: RunVerdict | null): void {
    hung = true;
    if (verdict) line.sent[0]?.queued.settle(verdict);
    runner?.kill();
  }

  /** A process that has answered enough may hold the answers of quick calls: which of those it was sent runs, nobody knows. */
  function isUnclear(): boolean {
    return !streams && line.sent.length > 1 && answered + line.sent.length > answersBeforeHeld;
  }

  /**
   * The runner died: the call that was running is lost, the others go on with the next one. Where it is not clear which it was all
   * do: the next one says each answer at once, and the call that kills it too is the one.
   */
  function bury(exit: RunnerExit): void {
    watch.end();
    runner = null;
    deaths++;
    const had = line.sent.length;
    const culprit = isUnclear() ? null : line.shift();
    line.takeBack();
    barren = had > 0 ? barren : barren + 1;
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
    void retire(old);
    if (answered === 0) queued.settle(failure(reason, message));
    else line.putFirst(queued);
  }

  /** Ends a runner that nobody blames, and gives its calls to the next one. */
  async function retire(old: RunnerProcess): Promise<void> {
    watch.end();
    runner = null;
    line.takeBack();
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
    watch.end();
    line.settleAll(failure('RunnerDied', exit.message));
    options.release();
    announce(exit);
  }
}
