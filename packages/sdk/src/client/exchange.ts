import { CallableError, toldHeadHeader } from '@callable/protocol';
import { causeOf } from './cause-of.ts';
import type { Client } from './client.ts';
import { errorOfResponse } from './error-of-response.ts';

/** Sends a request as it is. A refusal becomes a `CallableError` with the server's own code, sentence and remedy. */
export async function exchange(
  { fetch, baseUrl, heads }: Client,
  path: string,
  { signal, ...request }: Omit<RequestInit, 'signal'> & { signal?: AbortSignal | undefined },
): Promise<Response> {
  const response = await fetch(baseUrl + path, signal ? { ...request, signal } : request).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new CallableError('HubUnreachable', `${baseUrl} does not answer (${causeOf(cause)}).`, { cause });
  });
  const head = heads && response.headers.get(toldHeadHeader);
  if (head) heads.hear(head);
  if (response.ok) return response;
  const error = await errorOfResponse(response, baseUrl);
  signal?.throwIfAborted();
  throw error;
}
