import { CallableError, ReleaseView } from '@callable/protocol';
import type { Abortable } from '../client/abortable.ts';
import type { Client } from '../client/client.ts';
import { describeAnswer } from '../client/describe-answer.ts';
import { foreignAnswer } from '../client/foreign-answer.ts';
import { parseAnswer } from '../client/parse-answer.ts';
import { pause } from '../client/pause.ts';
import { type Resumption, readServerEvents } from '../client/read-server-events.ts';
import { releasePath } from '../client/release-path.ts';
import { sendRequest } from '../client/send-request.ts';

const longestPauseMs = 30_000;

/**
 * The release now and after every change of its conditions. Ends by `break`, or by the signal, whose reason is thrown.
 * A stream that ends, breaks or is silent is opened again after `pauseMs`, twice that the next time, up to 30 s; each
 * begins with the release as it is. Throws what waiting does not mend, such as ReleaseNotFound, and the last failure
 * once `attempts` in a row have failed (seven take half a minute).
 */
export async function* watchRelease(
  client: Client,
  release: string,
  { signal, pauseMs = 500, attempts = 7 }: Abortable & { pauseMs?: number; attempts?: number } = {},
): AsyncGenerator<ReleaseView, void> {
  const resumption = { lastEventId: '', retryMs: 0 };
  for (let failed = 0; ; ) {
    let waitMs = 0;
    try {
      for await (const view of readViews(client, release, resumption, signal)) {
        failed = 0;
        yield view;
      }
    } catch (error) {
      signal?.throwIfAborted();
      failed += 1;
      if (failed >= attempts || !isPassing(error)) throw error;
      waitMs = (error.details.retryAfterSeconds ?? 0) * 1000;
    }
    // attack: a server that asks for no pause at all is not obeyed.
    waitMs = Math.max(waitMs, pauseMs * 2 ** (failed - 1), resumption.retryMs);
    await pause(Math.min(waitMs, longestPauseMs), signal);
  }
}

async function* readViews(
  client: Client,
  release: string,
  resumption: Resumption,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReleaseView, void> {
  const path = `${releasePath(release)}/events`;
  const headers = {
    accept: 'text/event-stream',
    ...(resumption.lastEventId && { 'last-event-id': resumption.lastEventId }),
  };
  const response = await sendRequest(client, path, { headers, signal });
  const from = describeAnswer(client.baseUrl + path, response);
  if (!/^text\/event-stream/i.test(response.headers.get('content-type') ?? '')) {
    response.body?.cancel().catch(() => undefined);
    throw foreignAnswer(`${from} answered no events.`);
  }
  for await (const { event, data } of readServerEvents(response, from, { signal, resumption }))
    if (event === 'release') yield parseAnswer(ReleaseView, data, from);
  throw new CallableError('HubUnreachable', `${from} ended its events.`);
}

const isPassing = (error: unknown): error is CallableError =>
  error instanceof CallableError && error.retry && !(error.cause instanceof SyntaxError);
