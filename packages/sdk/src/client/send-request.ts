import { CallableError, digestBytes, hexOfDigest, signRequest, toHex } from '@callable/protocol';
import { causeOf } from './cause-of.ts';
import type { Client } from './client.ts';
import { errorOfResponse } from './error-of-response.ts';

export type RequestOptions = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  bytes?: Uint8Array;
  /** sha256 of the body in hex, when it is known already. */
  bodyHash?: string;
  headers?: Record<string, string>;
  /** Sign with the key of the client; refused when it has none. `optional` signs only when there is a key. */
  sign?: boolean | 'optional';
  /** Signed for this host alone, where the client's `callVersion` is 2. Only gateways can tell their own hosts. */
  toGateway?: boolean;
  signal?: AbortSignal | undefined;
};

/** One HTTP request; a refusal becomes a `CallableError` with the server's own code, sentence and remedy. */
export async function sendRequest(client: Client, path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET' } = options;
  const body = options.json === undefined ? options.bytes : new TextEncoder().encode(JSON.stringify(options.json));
  const headers = {
    ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(options.sign ? signatureHeaders(client, method, path, body, options) : {}),
    ...options.headers,
  };
  const request: RequestInit = {
    method,
    headers,
    // attack: fetch would carry signature and body to whatever host a hub names.
    redirect: method === 'GET' && !options.sign ? 'follow' : 'error',
    ...(body ? { body: body as BodyInit } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const response = await client.fetch(client.baseUrl + path, request).catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw new CallableError('HubUnreachable', `${client.baseUrl} does not answer (${causeOf(cause)}).`, { cause });
  });
  if (response.ok) return response;
  const error = await errorOfResponse(response, client.baseUrl);
  options.signal?.throwIfAborted();
  throw error;
}

function signatureHeaders(
  client: Client,
  method: string,
  path: string,
  body: Uint8Array | undefined,
  options: RequestOptions,
): Record<string, string> {
  if (!client.key) {
    if (options.sign === 'optional') return {};
    throw new CallableError('SignatureMissing');
  }
  const hash = options.bodyHash ?? hexOfDigest(digestBytes(body ?? new Uint8Array()));
  const request = { method, path, body: hash, nonce: toHex(client.random(32)), issuedAt: client.clock() };
  if (!options.toGateway || client.callVersion === 1) return signRequest(request, client.key);
  return signRequest({ ...request, version: 2, audience: new URL(client.baseUrl).host }, client.key);
}
