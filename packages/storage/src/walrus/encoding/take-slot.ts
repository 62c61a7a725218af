import { availableParallelism } from 'node:os';

/** One core is always left to whoever waits for an answer. */
let free = Math.max(1, availableParallelism() - 1);
const waiting: (() => void)[] = [];

/**
 * Waits until this process has a core to spare for encoding, first come, first served. Of the process, because its
 * cores are: every slot in use also holds the memory of an encoder. Dispose gives it back.
 */
export async function takeSlot(signal?: AbortSignal): Promise<Disposable> {
  signal?.throwIfAborted();
  if (free > 0) free--;
  else await turn(signal);
  let held = true;
  return {
    [Symbol.dispose]() {
      if (held) giveBack();
      held = false;
    },
  };
}

function giveBack(): void {
  const next = waiting.shift();
  if (next) next();
  else free++;
}

function turn(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const stop = () => {
      waiting.splice(waiting.indexOf(start), 1);
      reject(signal?.reason);
    };
    waiting.push(start);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
