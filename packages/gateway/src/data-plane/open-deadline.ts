import { CallableError } from '@callable/protocol';

/** The time a caller still waits, as a signal; closing it frees its timer. */
export type Deadline = { signal: AbortSignal; timeoutMs: number; remainingMs(): number; close(): void };

/** Aborts with CallTimedOut after `timeoutMs`, or with the reason of `caller` when that goes away first. */
export function openDeadline(timeoutMs: number, caller: AbortSignal, clock: () => number): Deadline {
  const end = new AbortController();
  const at = clock() + timeoutMs;
  const leave = () => end.abort(caller.reason);
  const timer = setTimeout(
    () => end.abort(new CallableError('CallTimedOut', `The call was not answered within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  if (caller.aborted) leave();
  else caller.addEventListener('abort', leave, { once: true });
  return {
    signal: end.signal,
    timeoutMs,
    remainingMs: () => Math.max(1, Math.ceil(at - clock())),
    close() {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
    },
  };
}
