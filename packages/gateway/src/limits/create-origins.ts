import { hash } from 'node:crypto';
import { networkOf, toHex, unknownNetwork } from '@callable/protocol';
import { BoundedMap } from './bounded-map.ts';

/**
 * Where a call comes from: the network that limits count it to, the one whose callers have one voice in usage, and the word that nodes
 * hear for it.
 */
export type Origin = { network: string; broker: string; word: string };

export type Origins = {
  /** Of a caller with this address. */
  ofAddress(remote: string): Origin;
  /** Of what is no address, such as the gateway itself. */
  ofNetwork(network: string): Origin;
};

const remembered = 10_000;

/**
 * What nodes hear of a caller's network: one word each, of this gateway until it ends. A node needs to know which calls
 * share a turn, and nobody's address; without a secret it would try all addresses there are. Addresses come again and again,
 * so what they lead to is remembered.
 */
export function createOrigins(random: (length: number) => Uint8Array): Origins {
  const secret = toHex(random(32));
  const addresses = new BoundedMap<string, Origin>(remembered);
  const ofNetwork = (network: string, broker = unknownNetwork): Origin => ({
    network,
    broker,
    word: hash('sha256', `${secret} ${network}`, 'hex').slice(0, 32),
  });
  return {
    ofNetwork,
    ofAddress(remote) {
      const known = addresses.get(remote);
      if (known) return known;
      const origin = ofNetwork(networkOf(remote, 'sender'), networkOf(remote, 'broker'));
      addresses.set(remote, origin);
      return origin;
    },
  };
}
