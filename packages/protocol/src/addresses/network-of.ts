import { ipv6Groups, writeGroups } from './ipv6-groups.ts';
import { scopeOfHost } from './peer-scope.ts';
import { plainAddress } from './plain-address.ts';

/**
 * Which network is meant where, as bits of an address that count.
 *
 * - `sender`: who is counted by limits of pace, room and number. One customer gets a whole /64 of IPv6: counted one by
 *   one, its addresses would never run out.
 * - `party`: who is one voice and takes one turn. It is what one customer or rack is usually given, and it bounds how
 *   many validators somebody gets by starting many processes. It does not bound who rents machines in many networks:
 *   against that stand the random draw, the quorum and audits.
 * - `broker`: who gives /48s of IPv6 away for nothing. A limit by party alone has no end there.
 */
export const networkKinds = {
  sender: { ipv4: 32, ipv6: 64 },
  party: { ipv4: 24, ipv6: 48 },
  broker: { ipv4: 24, ipv6: 32 },
} as const;
export type NetworkKind = keyof typeof networkKinds;

/** All whose network is not known share this one: whoever hides it gains nothing by that. */
export const unknownNetwork = 'unknown';

/**
 * The network of this kind that an address is in, `unknown` for what is no address. For parties and brokers also for
 * loopback, private and special addresses: they say only that a proxy or the operator itself stands before the server.
 */
export function networkOf(address: string, kind: NetworkKind): string {
  const plain = plainAddress(address);
  if (plain === null || (kind !== 'sender' && scopeOfHost(plain) !== 'public')) return unknownNetwork;
  const bits = networkKinds[kind];
  const groups = ipv6Groups(plain);
  const network = groups
    ? writeGroups(groups, bits.ipv6 / 16)
    : plain
        .split('.')
        .slice(0, bits.ipv4 / 8)
        .join('.');
  if (kind === 'sender') return network;
  return groups ? `${network}::/${bits.ipv6}` : `${network}.0/${bits.ipv4}`;
}
