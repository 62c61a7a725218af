import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { readBounded } from '../http/read-bounded.ts';
import { tryAgain } from '../http/try-again.ts';
import { mayPass, S3Failure } from './s3-failure.ts';
import type { S3Settings } from './s3-settings.ts';

export type S3Request = {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  key: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** Statuses that are an answer, not a failure. */
  accept: readonly number[];
};

/** Answers are small, except what GET returns, which is not read here. */
const answerBytes = 64 * 1024;
/** A link this slow is broken; it bounds how long one part may take. */
const leastBytesPerMs = 20;

/**
 * Sends a signed request, again after failures that may pass, and gives the answer once its head has arrived. The
 * sha256 of the body is part of the signature: a body damaged on the way is refused by the server.
 */
export async function sendS3Request(
  settings: Required<S3Settings>,
  request: S3Request,
  options: { signal?: AbortSignal } = {},
): Promise<Response> {
  const bodyHash = createHash('sha256')
    .update(request.body ?? new Uint8Array())
    .digest('hex');
  return tryAgain(settings.patience, mayPass, () => sendOnce(settings, request, bodyHash, options), options);
}

/** The text of an answer, a bounded piece of it. */
export async function textOf(settings: Required<S3Settings>, response: Response): Promise<string> {
  return (await readBounded(response, answerBytes, settings)).toString('utf8');
}

async function sendOnce(
  settings: Required<S3Settings>,
  request: S3Request,
  bodyHash: string,
  options: { signal?: AbortSignal },
): Promise<Response> {
  const { method, body } = request;
  const signed = await new AwsV4Signer({
    method,
    url: urlOf(settings, request),
    headers: { ...request.headers, 'x-amz-content-sha256': bodyHash },
    ...settings.credentials,
    service: 's3',
    region: settings.region,
    datetime: new Date(settings.clock()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  }).sign();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), settings.idleMs + (body?.length ?? 0) / leastBytesPerMs);
  try {
    const response = await settings.fetch(signed.url, {
      method,
      headers: signed.headers,
      ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
      redirect: 'error',
      signal: options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal,
    });
    if (request.accept.includes(response.status)) return response;
    throw new S3Failure(`${method} ${request.key}`, response.status, await textOf(settings, response));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw late.signal.aborted
      ? new Error(`The S3 server did not answer ${method} ${request.key} in time.`, { cause: error })
      : error;
  } finally {
    clearTimeout(timer);
  }
}

function urlOf(settings: Required<S3Settings>, request: S3Request): string {
  const url = new URL(settings.endpoint);
  const key = request.key.split('/').map(encodeURIComponent).join('/');
  const base = url.pathname.replace(/\/$/, '');
  if (settings.pathStyle) url.pathname = `${base}/${settings.bucket}/${key}`;
  else {
    url.hostname = `${settings.bucket}.${url.hostname}`;
    url.pathname = `${base}/${key}`;
  }
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  return url.href;
}
