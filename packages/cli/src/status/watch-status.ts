import type { ReleaseView } from '@callable/protocol';
import { type Client, watchRelease } from '@callable/sdk';

/** A release after every change until the signal aborts; a hub that restarts meanwhile is asked again and again. */
export async function* watchStatus(client: Client, release: string, signal: AbortSignal): AsyncGenerator<ReleaseView> {
  try {
    yield* watchRelease(client, release, { signal, pauseMs: 1000, attempts: Infinity });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
