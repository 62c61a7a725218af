import { type LookupAddress, lookup as resolve } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { allowsHost, type PeerScope, parsePeerUrl } from '@callable/protocol';
import { requestBytes } from './request-bytes.ts';
import { SourceFailure } from './source-failure.ts';

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

/** Milliseconds: without a byte, and until the whole chunk is here. */
const defaultTiming = { silenceMs: 5_000, chunkMs: 20_000 };

/**
 * Asks a peer for one chunk and answers the sha256, in hex, of what it sent. The peer is a stranger who chose its own
 * address: no address outside `scope` is dialled, whatever its name resolves to.
 * Throws SourceFailure, or the signal's reason.
 */
export async function fetchFromPeer({ timing, ...peer }: PeerRequest): Promise<string> {
  const { silenceMs, chunkMs } = { ...defaultTiming, ...timing };
  const { scope, into, signal } = peer;
  const url = parsePeerUrl(peer.url);
  if (url === null || !allowsHost(scope, new URL(url).hostname))
    throw new SourceFailure('broken', `${peer.url} is no address this node asks.`);
  return requestBytes({
    url: `${url}/v1/chunks/${peer.sha256}/${peer.index}`,
    lookup: lookupWithin(scope),
    accept: (answer) => refuseOther(answer, into.length),
    ...{ into, silenceMs, wholeMs: chunkMs, signal },
  });
}

function refuseOther({ statusCode, headers }: IncomingMessage, length: number): void {
  if (statusCode === 503 || statusCode === 429) throw new SourceFailure('busy', 'It is busy.');
  if (statusCode === 404) throw new SourceFailure('lacks', 'It has not got the chunk.');
  // A redirect lands here too: following it would ask whomever the peer names.
  if (statusCode !== 200) throw new SourceFailure('broken', `It answered ${statusCode}.`);
  if (headers['content-length'] !== String(length))
    throw new SourceFailure('broken', `It announces ${headers['content-length']} bytes instead of ${length}.`);
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
