import { setTimeout as delay } from 'node:timers/promises';
import { CallableError, type ReleaseView } from '@callable/protocol';
import { type Client, watchRelease } from '@callable/sdk';

const againMs = 1000;

/** A release after every change until the signal aborts; a hub that restarts meanwhile is asked again. */
export async function* watchStatus(client: Client, release: string, signal: AbortSignal): AsyncGenerator<ReleaseView> {
  while (!signal.aborted) {
    try {
      yield* watchRelease(client, release, { signal });
    } catch (error) {
      if (signal.aborted) return;
      // A connection that breaks in the middle of a stream is a TypeError of fetch.
      const isPassing = error instanceof CallableError ? error.retry : error instanceof TypeError;
      if (!isPassing) throw error;
    }
    await delay(againMs, undefined, { signal }).catch(() => undefined);
  }
}
