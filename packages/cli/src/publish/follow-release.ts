import { type Condition, endWithin, findReason, type ReleaseView } from '@callable/protocol';
import { type Client, watchRelease } from '@callable/sdk';

/**
 * The release now and after each change, until it is callable, has failed for good, or time is up. A hub that
 * restarts meanwhile is asked again.
 */
export async function* followRelease(
  client: Client,
  release: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): AsyncGenerator<ReleaseView> {
  const until = endWithin(timeoutMs, signal);
  try {
    for await (const view of watchRelease(client, release, { signal: until, attempts: Infinity })) {
      yield view;
      if (isSettled(view)) return;
    }
  } catch (error) {
    if (!until.aborted) throw error;
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
