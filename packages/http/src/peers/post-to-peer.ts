import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { endWithin } from '@callable/protocol';
import type { PeerAddress } from './resolve-peer.ts';
import { SourceFailure } from './source-failure.ts';

export type PeerPost = {
  url: URL;
  /** Where it leads, as it was checked. */
  address: PeerAddress;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Of its answer no more is read. */
  mostBytes: number;
  /** Milliseconds for all of it: no drip holds anybody up. */
  wholeMs: number;
  signal: AbortSignal;
};

export type PeerAnswer = { status: number; headers: IncomingHttpHeaders; bytes: Buffer };

/**
 * Posts to an address that a stranger named and tells what it answered, a redirect too: none is followed. Every post has a
 * connection of its own. Throws SourceFailure, in words without the address, or the signal's reason.
 */
export async function postToPeer({ wholeMs, ...post }: PeerPost): Promise<PeerAnswer> {
  const overall = endWithin(wholeMs, post.signal);
  try {
    const answer = await send(post, overall);
    const bytes = await readSome(answer, post.mostBytes, overall);
    return { status: answer.statusCode ?? 0, headers: answer.headers, bytes };
  } catch (cause) {
    post.signal.throwIfAborted();
    throw new SourceFailure('broken', overall.aborted ? 'It did not answer in time.' : 'It broke off.', { cause });
  }
}

async function send(
  { url, address, headers, body }: Omit<PeerPost, 'wholeMs'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const pinned: LookupFunction = (_hostname, options, callback) =>
    options.all ? callback(null, [address]) : callback(null, address.address, address.family);
  const options = {
    method: 'POST',
    agent: false,
    lookup: pinned,
    headers: { ...headers, 'content-length': String(body.length) },
  };
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options);
  // One that comes when nobody waits any more must not end the process.
  request.on('error', () => {});
  const stop = () => request.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    request.end(body);
    const [answer] = (await once(request, 'response', { signal })) as [IncomingMessage];
    return answer;
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function readSome(answer: IncomingMessage, most: number, signal: AbortSignal): Promise<Buffer> {
  const stop = () => answer.destroy(new Error('not complete in time'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length >= most) break;
    }
    return Buffer.concat(pieces).subarray(0, most);
  } finally {
    signal.removeEventListener('abort', stop);
    answer.destroy();
  }
}
