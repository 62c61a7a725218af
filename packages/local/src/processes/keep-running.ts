import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds. */
const usual = {
  /** Before a process that ended is started again; each further pause is twice as long. */
  firstPause: 1000,
  longestPause: 60_000,
  /** One that ran for this long had no trouble in starting. */
  steady: 60_000,
  /** A node lets its calls end for ten seconds and says goodbye for two. What takes longer hangs. */
  patience: 20_000,
};

export type KeptProcess = AsyncDisposable & {
  readonly pid: number | null;
  /** Asks it to end, for good; disposing waits for that too. */
  end(): void;
};

/**
 * Keeps a process running until disposed. Whatever it ends of, it is started again, with a pause that grows. Its stdin is
 * a pipe: it must end when that closes, which it does too when this process is killed.
 */
export function keepRunning(
  start: () => ChildProcess,
  on: { started(pid: number): void; ended(how: string, againInMs: number): void },
  times = usual,
): KeptProcess {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: ChildProcess | null = null;

  const runOnce = async (): Promise<string> => {
    const child = tryStart(start);
    if (typeof child === 'string') return child;
    // What it does not read any more is its end, not an accident of ours.
    child.stdin?.on('error', () => undefined);
    const ended = endOf(child);
    running = child;
    if (child.pid !== undefined) on.started(child.pid);
    const stop = () => child.stdin?.end();
    signal.addEventListener('abort', stop, { once: true });
    const how = await ended;
    signal.removeEventListener('abort', stop);
    running = null;
    return how;
  };
  const loop = async () => {
    let pauseMs = times.firstPause;
    while (!signal.aborted) {
      const began = performance.now();
      const how = await runOnce();
      if (signal.aborted) return;
      if (performance.now() - began >= times.steady) pauseMs = times.firstPause;
      on.ended(how, pauseMs);
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, times.longestPause);
    }
  };
  const work = loop();

  return {
    get pid() {
      return running?.pid ?? null;
    },
    end: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const giveUp = setTimeout(() => running?.kill('SIGKILL'), times.patience);
      await work;
      clearTimeout(giveUp);
    },
  };
}

/** Too many processes, or no memory for one more, is a reason to wait, not to end what runs. */
function tryStart(start: () => ChildProcess): ChildProcess | string {
  try {
    return start();
  } catch (error) {
    return notStarted(error);
  }
}

const notStarted = (error: unknown) =>
  `it could not be started: ${error instanceof Error ? error.message : String(error)}`;

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) => resolve(signal === null ? `it ended with ${code}` : `${signal} ended it`));
  });
}
