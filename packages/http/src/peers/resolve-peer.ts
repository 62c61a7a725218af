import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { allowsHost, type PeerScope } from '@callable/protocol';
import { SourceFailure } from './source-failure.ts';

export type PeerAddress = { address: string; family: number };

/**
 * The address behind a host that a stranger named, to be dialled as it is: a name cannot change its mind afterwards. Throws
 * SourceFailure where one of its addresses is not within the scope.
 */
export async function resolvePeer(hostname: string, scope: PeerScope): Promise<PeerAddress> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const refused = new SourceFailure('broken', 'It leads where this hub asks nobody.');
  if (!allowsHost(scope, hostname)) throw refused;
  const family = isIP(host);
  if (family !== 0) return { address: host, family };
  const found = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new SourceFailure('broken', 'Its name has no address.', { cause });
  });
  const [first] = found;
  if (!first || !found.every(({ address }) => allowsHost(scope, address))) throw refused;
  return first;
}
