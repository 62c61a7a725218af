import { CallableError, toldHeadHeader } from '@callable/protocol';
import { causeOf } from './cause-of.ts';
import type { Client } from './client.ts';
import { errorOfResponse } from './error-of-response.ts';
import { foreignAnswer } from './foreign-answer.ts';

/** Sends a request as it is. A refusal becomes a `CallableError` with the server's own code, sentence and remedy. */
export async function exchange(
  { fetch, baseUrl, heads }: Client,
  path: string,
  { signal, ...request }: Omit<RequestInit, 'signal'> & { signal?: AbortSignal | undefined },
): Promise<Response> {
  const response = await fetch(baseUrl + path, signal ? { ...request, signal } : request).catch((cause: unknown) => {
    signal?.throwIfAborted();
    const reason = causeOf(cause);
    // The one answer that `fetch` keeps to itself; Node 20 fails without a word then.
    if (/^(|proxy auth.*)$/.test(reason))
      throw foreignAnswer(`A proxy before ${baseUrl} answered 407.`, { details: { answer: { status: 407 } } });
    throw new CallableError('HubUnreachable', `${baseUrl} does not answer (${reason}).`, { cause });
  });
  const head = heads && response.headers.get(toldHeadHeader);
  if (head) heads.hear(head);
  if (response.ok) return response;
  const error = await errorOfResponse(response, baseUrl);
  signal?.throwIfAborted();
  throw error;
}
