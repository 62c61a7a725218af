import { createHash } from 'node:crypto';
import { type LookupAddress, lookup as resolve } from 'node:dns';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { allowsHost, type PeerScope, parsePeerUrl } from '@callable/protocol';

/** What a peer did instead of sending a chunk. */
export class PeerFailure extends Error {
  /** `busy`: it may be asked again soon; `lacks`: it has not got this chunk; `broken`: it did something else. */
  readonly kind: 'busy' | 'lacks' | 'broken';

  constructor(kind: PeerFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export type PeerRequest = {
  /** The peer's own word: hostile until parsed. */
  url: string;
  scope: PeerScope;
  sha256: string;
  index: number;
  /** Filled exactly; its length is that of the chunk. */
  into: Uint8Array;
  signal: AbortSignal;
  timing?: Partial<typeof defaultTiming>;
};

/** Milliseconds: without a byte, and until the whole chunk is here, so that no drip holds a fetch up. */
const defaultTiming = { silenceMs: 5_000, chunkMs: 20_000 };

const keepAlive = { keepAlive: true, maxSockets: 16, maxTotalSockets: 128, timeout: 30_000 };
const agents = { 'http:': new Agent(keepAlive), 'https:': new SecureAgent(keepAlive) };

/**
 * Asks a peer for one chunk and answers the sha256, in hex, of what it sent. The peer is a stranger who chose its own address: no address outside `scope` is dialled,
 * whatever its name resolves to; a redirect is not followed; not one byte more than the chunk is taken.
 * Throws PeerFailure, or the signal's reason.
 */
export async function fetchFromPeer({ timing, ...peer }: PeerRequest): Promise<string> {
  const { silenceMs, chunkMs } = { ...defaultTiming, ...timing };
  const url = parsePeerUrl(peer.url);
  if (url === null || !allowsHost(peer.scope, new URL(url).hostname))
    throw new PeerFailure('broken', `${peer.url} is no address this node asks.`);
  const overall = AbortSignal.any([peer.signal, AbortSignal.timeout(chunkMs)]);
  try {
    const response = await ask(url, peer, silenceMs, overall);
    return await receive(response, peer.into, overall);
  } catch (cause) {
    peer.signal.throwIfAborted();
    if (cause instanceof PeerFailure) throw cause;
    throw new PeerFailure('broken', `${url} broke off or took too long.`, { cause });
  }
}

async function ask(
  url: string,
  { scope, sha256, index }: Omit<PeerRequest, 'timing'>,
  silenceMs: number,
  signal: AbortSignal,
) {
  const { protocol } = new URL(url);
  const secure = protocol === 'https:';
  const options = { agent: agents[secure ? 'https:' : 'http:'], lookup: lookupWithin(scope) };
  const request = (secure ? requestHttps : requestHttp)(`${url}/v1/chunks/${sha256}/${index}`, options);
  // One that comes when nobody waits any more must not end the process.
  request.on('error', () => {});
  // The signal of node:http would also end the answer; this one only bounds the wait for its beginning.
  const stop = () => request.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', stop, { once: true });
  // Silence on the connection, now or in the middle of the chunk.
  request.setTimeout(silenceMs, () => request.destroy(new Error('it fell silent')));
  try {
    request.end();
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage];
    return response;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function receive(response: IncomingMessage, into: Uint8Array, signal: AbortSignal): Promise<string> {
  const stop = () => response.destroy(new Error('not complete in time'));
  signal.addEventListener('abort', stop, { once: true });
  let isWhole = false;
  try {
    signal.throwIfAborted();
    refuseOther(response, into.length);
    const hash = createHash('sha256');
    let filled = 0;
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      if (filled + piece.length > into.length) throw new PeerFailure('broken', 'It sends more than the chunk.');
      hash.update(piece);
      into.set(piece, filled);
      filled += piece.length;
    }
    if (filled !== into.length) throw new PeerFailure('broken', `It sent ${filled} bytes of ${into.length}.`);
    isWhole = true;
    return hash.digest('hex');
  } finally {
    signal.removeEventListener('abort', stop);
    if (!isWhole) response.destroy();
  }
}

function refuseOther({ statusCode, headers }: IncomingMessage, length: number): void {
  if (statusCode === 503 || statusCode === 429) throw new PeerFailure('busy', 'It is busy.');
  if (statusCode === 404) throw new PeerFailure('lacks', 'It has not got the chunk.');
  // A redirect lands here too: following it would ask whomever the peer names.
  if (statusCode !== 200) throw new PeerFailure('broken', `It answered ${statusCode}.`);
  if (headers['content-length'] !== String(length))
    throw new PeerFailure('broken', `It announces ${headers['content-length']} bytes instead of ${length}.`);
}

/** Names are resolved once, and exactly the address that was checked is dialled: a name cannot change its mind between. */
function lookupWithin(scope: PeerScope): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address.`), '', 0);
      if (!addresses.every(({ address }) => allowsHost(scope, address)))
        return callback(new Error(`${hostname} leads where this node asks nobody.`), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
