import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { endWithin } from '@callable/protocol';
import { SourceFailure } from './source-failure.ts';

export type BytesRequest = {
  url: string;
  headers?: Record<string, string>;
  /** How names are resolved, when not every address may be dialled. */
  lookup?: LookupFunction;
  /** Throws unless the answer, before a byte of it is read, is what was asked for. */
  accept: (answer: IncomingMessage) => void;
  /** Filled exactly. */
  into: Uint8Array;
  /** Milliseconds without a byte. */
  silenceMs: number;
  /** Milliseconds until all is here, so that no drip holds a fetch up. */
  wholeMs: number;
  signal: AbortSignal;
  onPiece?: () => void;
};

const keepAlive = { keepAlive: true, maxSockets: 16, maxTotalSockets: 128, timeout: 30_000 };
const agents = { 'http:': new Agent(keepAlive), 'https:': new SecureAgent(keepAlive) };

/**
 * Asks a stranger for exactly as many bytes as there is room for, and answers their sha256, in hex. A redirect is not
 * followed; not one byte more is taken. Throws SourceFailure, or the signal's reason.
 */
export async function requestBytes(wanted: BytesRequest): Promise<string> {
  const overall = endWithin(wanted.wholeMs, wanted.signal);
  try {
    const answer = await ask(wanted, overall);
    return await receive(answer, wanted, overall);
  } catch (cause) {
    wanted.signal.throwIfAborted();
    if (cause instanceof SourceFailure) throw cause;
    throw new SourceFailure('broken', `${new URL(wanted.url).origin} broke off or took too long.`, { cause });
  }
}

async function ask({ url, headers = {}, lookup, silenceMs }: BytesRequest, signal: AbortSignal) {
  const secure = new URL(url).protocol === 'https:';
  const options = { agent: agents[secure ? 'https:' : 'http:'], headers, ...(lookup ? { lookup } : {}) };
  const request = (secure ? requestHttps : requestHttp)(url, options);
  // One that comes when nobody waits any more must not end the process.
  request.on('error', () => {});
  // The signal of node:http would also end the answer; this one only bounds the wait for its beginning.
  const stop = () => request.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', stop, { once: true });
  // Silence on the connection, now or in the middle of the chunk.
  request.setTimeout(silenceMs, () => request.destroy(new Error('it fell silent')));
  try {
    request.end();
    const [answer] = (await once(request, 'response', { signal })) as [IncomingMessage];
    return answer;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function receive(
  answer: IncomingMessage,
  { accept, into, onPiece }: BytesRequest,
  signal: AbortSignal,
): Promise<string> {
  const stop = () => answer.destroy(new Error('not complete in time'));
  signal.addEventListener('abort', stop, { once: true });
  let isWhole = false;
  try {
    signal.throwIfAborted();
    accept(answer);
    const hash = createHash('sha256');
    let filled = 0;
    for await (const piece of answer as AsyncIterable<Uint8Array>) {
      if (filled + piece.length > into.length) throw new SourceFailure('broken', 'It sends more than the chunk.');
      hash.update(piece);
      into.set(piece, filled);
      filled += piece.length;
      onPiece?.();
    }
    if (filled !== into.length) throw new SourceFailure('broken', `It sent ${filled} bytes of ${into.length}.`);
    isWhole = true;
    return hash.digest('hex');
  } finally {
    signal.removeEventListener('abort', stop);
    if (!isWhole) answer.destroy();
  }
}
