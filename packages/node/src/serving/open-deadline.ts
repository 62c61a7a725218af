import { CallableError, type CallSignal, Ending, type LinkCallHead } from '@callable/protocol';

export type Deadline = Disposable & { at: number; signal: CallSignal };

/** The end of the caller's patience, or of the caller. */
export function openDeadline(head: LinkCallHead, signal: CallSignal): Deadline {
  const ending = new Ending();
  const end = () => ending.end(new CallableError('CallTimedOut'));
  const timer = setTimeout(end, head.deadlineMs);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    at: performance.now() + head.deadlineMs,
    signal: ending,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
}
