import { setTimeout as delay } from 'node:timers/promises';
import { CallableError, type Condition, findReason, type ReleaseView } from '@callable/protocol';
import { type Client, getRelease, watchRelease } from '@callable/sdk';

/**
 * The release now and after each change, until it is callable, has failed for good, or time is up. A hub that
 * restarts meanwhile is asked again.
 */
export async function* followRelease(
  client: Client,
  release: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): AsyncGenerator<ReleaseView> {
  const time = AbortSignal.timeout(timeoutMs);
  const until = AbortSignal.any([signal, time]);
  while (!until.aborted) {
    try {
      for await (const view of watchRelease(client, release, { signal: until })) {
        yield view;
        if (isSettled(view)) return;
      }
      // The stream ended without a verdict, as when a proxy cuts long answers: look once, then listen again.
      const view = await getRelease(client, release, { signal: until });
      yield view;
      if (isSettled(view)) return;
    } catch (error) {
      if (until.aborted) break;
      // A connection that breaks in the middle of a stream is a TypeError of fetch.
      const passing = (error instanceof CallableError && error.retry) || error instanceof TypeError;
      if (!passing) throw error;
    }
    await delay(500, undefined, { signal: until }).catch(() => undefined);
  }
  signal.throwIfAborted();
}

/** Whether waiting longer can change nothing: everything a call needs is true, or something failed for good. */
function isSettled(view: ReleaseView): boolean {
  return view.callable || finalFailure(view.conditions) !== null;
}

/** The first condition that is False for a reason that waiting does not mend. Worked comes later, if at all. */
function finalFailure(conditions: readonly Condition[]): Condition | null {
  return (
    conditions.find(
      ({ type, status, reason }) => type !== 'Worked' && status === 'False' && findReason(reason)?.retry === false,
    ) ?? null
  );
}
