import type { ChildProcess } from 'node:child_process';
import { CallableError } from '@callable/protocol';
import { keepRunning } from '../processes/keep-running.ts';
import type { HubEvent, HubOrders, HubTurn, HubWord } from './hub-words.ts';
import { spawnHub } from './spawn-hub.ts';
import { readFailure } from './told-failure.ts';

/** Milliseconds. */
const times = {
  firstPause: 100,
  longestPause: 30_000,
  steady: 60_000,
  /** It gives what is under way ten seconds, and then its database time to write down what it has. */
  patience: 60_000,
};

export type KeptHub = AsyncDisposable & {
  /** Null while it waits to be started again. */
  readonly pid: number | null;
  /** Why it takes nothing in, or null. */
  readonly rolledBack: string | null;
  /** Counts its starts: what was learnt of an earlier one may be old. */
  readonly starts: number;
  /** What a request is answered while it is away; null while it is there. */
  away(): CallableError | null;
  /** Tells it to begin its own jobs, or to begin none any more; one that is started again hears what holds. */
  tell(turn: HubTurn): void;
  /** Tells it to end, once its requests are answered; disposing waits for that. */
  end(): void;
};

/**
 * Starts the process of a hub and keeps it running until disposed: whatever it ends of, it is started again on the same
 * data, with a pause that grows. Resolves when it is ready for the first time.
 *
 * @throws what the first start fails with, as if it had happened here.
 */
export async function keepHub(
  orders: HubOrders,
  on: { event(event: HubEvent): void; outage(event: Extract<HubWord, { kind: 'outage' }>['event']): void },
): Promise<KeptHub> {
  let state: { rolledBack: string | null; since: number } | null = null;
  let failure: Error | null = null;
  let running: ChildProcess | null = null;
  let mayWork = false;
  let starts = 0;
  let endedAt = 0;
  let againAt = 0;
  let settle: (error: Error | null) => void;
  const first = new Promise<Error | null>((resolve) => {
    settle = resolve;
  });

  // One that has ended hears nothing, and works only once it is told to.
  const say = (turn: HubTurn) => void running?.send(turn, () => undefined);
  const hear = (word: HubWord) => {
    if (word.kind === 'outage') return on.outage(word.event);
    if (word.kind === 'failed') {
      failure = readFailure(word.failure);
      if (starts === 0) settle(failure);
      return;
    }
    if (mayWork) say('work');
    state = { rolledBack: word.rolledBack, since: performance.now() };
    if (++starts === 1) settle(null);
    else on.event({ kind: 'back', pid: kept.pid ?? 0, awayMs: performance.now() - endedAt });
  };
  const start = () => {
    failure = null;
    running = spawnHub(orders, hear);
    return running;
  };
  const ended = (how: string, againInMs: number) => {
    if (state) endedAt = performance.now();
    state = null;
    againAt = performance.now() + againInMs;
    if (starts === 0) settle(failure ?? new Error(`The process of the hub did not start: ${how}.`));
    else on.event({ kind: 'ended', how: failure ? `it did not start: ${failure.message}` : how, againInMs });
  };
  const kept = keepRunning(start, { started: () => undefined, ended }, times);

  const failed = await first;
  if (failed) {
    await kept[Symbol.asyncDispose]();
    throw failed;
  }
  return {
    get pid() {
      return kept.pid;
    },
    get rolledBack() {
      return state?.rolledBack ?? null;
    },
    get starts() {
      return starts;
    },
    away() {
      if (state) return null;
      const retryAfterSeconds = Math.max(1, Math.ceil((againAt - performance.now()) / 1000));
      // Of what it ended its operator is told: the words may name files and hosts.
      const message = 'The hub of this network ended and is started again; calls of models in use go on meanwhile.';
      return new CallableError('NotReady', message, { details: { retryAfterSeconds } });
    },
    tell(turn) {
      mayWork = turn === 'work';
      say(turn);
    },
    end: kept.end,
    [Symbol.asyncDispose]: kept[Symbol.asyncDispose],
  };
}
