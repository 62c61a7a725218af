import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresConnection } from './connection.ts';
import { trySignal } from './process/try-signal.ts';
import { describeEnd, describeFailure } from './server/describe-end.ts';
import { type EmbeddedPostgres, type PostgresOptions, startPostgres } from './start-postgres.ts';

/** What happens to a server that is kept running. `why` is for people, and holds nothing of what was stored. */
export type PostgresEvent =
  | { kind: 'ended'; why: string; againInMs: number }
  /** `attempts` starts in a row have failed. `isLastWord` once, when it looks as if somebody had to do something. */
  | { kind: 'notStarted'; why: string; attempts: number; againInMs: number; isLastWord: boolean }
  | { kind: 'started'; awayMs: number };

export interface KeepOptions extends Omit<PostgresOptions, 'connection' | 'signal'> {
  readonly onEvent?: (event: PostgresEvent) => void;
  readonly times?: typeof usual;
}

export interface KeptPostgres extends AsyncDisposable {
  /** The same after every start. */
  readonly connection: PostgresConnection;
  /** Of the server that runs, 0 while none does. */
  readonly pid: number;
  /** For how long the present server has been ready, milliseconds; 0 while none is. */
  readonly readyForMs: number;
  /** Ends a server that runs and takes no connection, without asking it: it is started again. */
  replace(): void;
  /** Ends the server for good, or the attempt to start it. */
  stop(): Promise<void>;
}

/** Milliseconds, and a number of starts. */
const usual = {
  /** Before the server is started again; each further pause is twice as long. */
  firstPause: 100,
  longestPause: 30_000,
  /** One that starts well and ends again and again is recovered each time: that costs little, and being away costs much. */
  longestPauseAfterStart: 1_000,
  /** One that ran for this long had no trouble in starting. */
  steady: 2_000,
  /** About half a minute: longer than what an old server needs to go. */
  lastWordAfter: 8,
};

/**
 * Runs PostgreSQL on a directory and starts it again, with recovery, whenever it ends unasked. The pauses grow, and it is
 * tried for ever: a disk that was full has room again at some time, and nobody should have to restart the hub for it.
 *
 * @throws what `startPostgres` throws, of the first start alone.
 */
export async function keepPostgres({
  onEvent = () => undefined,
  times = usual,
  ...options
}: KeepOptions): Promise<KeptPostgres> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const first = await startPostgres(options);
  const { connection } = first;
  let running: EmbeddedPostgres | null = first;
  let began = performance.now();

  const startAgain = async (firstPause: number): Promise<EmbeddedPostgres | null> => {
    let pauseMs = firstPause;
    for (let attempts = 1; ; attempts++) {
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return null;
      try {
        // Its log goes on: what recovery found is what an operator wants to read.
        return await startPostgres({ ...options, connection, signal });
      } catch (error) {
        if (signal.aborted) return null;
        pauseMs = Math.min(2 * pauseMs, times.longestPause);
        const isLastWord = attempts === times.lastWordAfter;
        onEvent({ kind: 'notStarted', why: describeFailure(error), attempts, againInMs: pauseMs, isLastWord });
      }
    }
  };

  const watch = async () => {
    let pauseMs = times.firstPause;
    while (running) {
      began = performance.now();
      const exit = await running.exited;
      running = null;
      if (signal.aborted) return;
      if (performance.now() - began >= times.steady) pauseMs = times.firstPause;
      onEvent({ kind: 'ended', why: describeEnd(exit), againInMs: pauseMs });
      const endedAt = performance.now();
      running = await startAgain(pauseMs);
      pauseMs = Math.min(2 * pauseMs, times.longestPauseAfterStart);
      if (running) onEvent({ kind: 'started', awayMs: performance.now() - endedAt });
    }
  };
  const work = watch();
  const stop = async () => {
    stopping.abort();
    await running?.stop();
    await work;
  };
  return {
    connection,
    get pid() {
      return running?.pid ?? 0;
    },
    get readyForMs() {
      return running ? performance.now() - began : 0;
    },
    replace() {
      if (running && !signal.aborted) trySignal(running.pid, 'SIGKILL');
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
