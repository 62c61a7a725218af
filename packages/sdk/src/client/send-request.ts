import {
  CallableError,
  digestBytes,
  hexOfDigest,
  signOnBehalf,
  signRelyingRequest,
  signRequest,
  toHex,
  toldHeadHeader,
} from '@callable/protocol';
import type { Audience, Client } from './client.ts';
import { exchange } from './exchange.ts';
import { findAudience } from './find-audience.ts';

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
  /** Whom it is signed for; the hub unless said otherwise. */
  audience?: Audience;
  /** Said in what is signed: the caller acts on the answer. */
  relies?: boolean;
  signal?: AbortSignal | undefined;
};

/** One HTTP request; a refusal becomes a `CallableError` with the server's own code, sentence and remedy. */
export async function sendRequest(client: Client, path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', audience = 'hub', signal } = options;
  const body = options.json === undefined ? options.bytes : new TextEncoder().encode(JSON.stringify(options.json));
  const head = audience === 'hub' ? await client.heads?.toSay() : null;
  const headers = {
    ...(head ? { [toldHeadHeader]: head } : {}),
    ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(options.sign ? await signatureHeaders(client, method, path, body, options) : {}),
    ...options.headers,
  };
  const request: RequestInit = {
    method,
    headers,
    // attack: fetch would carry signature and body to whatever host a hub names.
    redirect: method === 'GET' && !options.sign ? 'follow' : 'manual',
    ...(body ? { body: body as BodyInit } : {}),
  };
  try {
    return await exchange(client, path, { ...request, signal });
  } catch (error) {
    // Another server answers here by now: the next request asks who it is.
    if (error instanceof CallableError && error.code === 'AudienceMismatch') delete client.found[audience];
    throw error;
  }
}

async function signatureHeaders(
  client: Client,
  method: string,
  path: string,
  bytes: Uint8Array | undefined,
  { sign, bodyHash, audience: role = 'hub', relies, signal }: RequestOptions,
): Promise<Record<string, string>> {
  if (!client.key) {
    if (sign === 'optional' && !relies) return {};
    throw new CallableError('SignatureMissing');
  }
  const audience = await findAudience(client, role, signal);
  const body = bodyHash ?? hexOfDigest(digestBytes(bytes ?? new Uint8Array()));
  const request = { method, path, body, nonce: toHex(client.random(32)), issuedAt: client.clock() };
  const whole = { ...request, version: 2, audience } as const;
  // A hub takes statements, which say themselves for whom they are signed.
  const principal = role === 'gateway' ? client.onBehalfOf : null;
  if (principal) return signOnBehalf(whole, { principal, relies: relies === true }, client.key);
  return (relies ? signRelyingRequest : signRequest)(whole, client.key);
}
