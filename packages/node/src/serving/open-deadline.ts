import { CallableError, type CallSignal, type LinkCallHead } from '@callable/protocol';

export type Deadline = Disposable & { at: number; signal: AbortSignal };

/** The end of the caller's patience, or of the caller. */
export function openDeadline(head: LinkCallHead, signal: CallSignal): Deadline {
  const controller = new AbortController();
  const end = () => controller.abort(new CallableError('CallTimedOut'));
  const timer = setTimeout(end, head.deadlineMs);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return {
    at: performance.now() + head.deadlineMs,
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
}
