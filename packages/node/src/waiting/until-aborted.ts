import { type CallSignal, throwIfEnded } from '@callable/protocol';

/** The outcome of work that others share, or the reason of the signal, whichever comes first. */
export async function untilAborted<Value>(work: Promise<Value>, signal: CallSignal): Promise<Value> {
  // Whoever came too late leaves it to the others, of whom there may be none: its failure would end the process.
  work.catch(() => undefined);
  throwIfEnded(signal);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
