import { ipv6Groups, writeGroups } from './ipv6-groups.ts';
import { scopeOfHost } from './peer-scope.ts';
import { plainAddress } from './plain-address.ts';

/**
 * The network a request came from, as far as it says who is behind it: /24 of IPv4, /48 of IPv6, which is what one
 * customer is usually given. Null for loopback, private and special addresses: those say only that a proxy or the
 * operator itself stands before the hub.
 *
 * It bounds how many validators somebody gets by starting many processes on one machine or renting one rack. It does
 * not bound somebody who rents machines in many networks; against that stand the random draw, the quorum and audits.
 */
export function publicNetworkOf(address: string): string | null {
  const plain = plainAddress(address);
  if (scopeOfHost(plain) !== 'public') return null;
  const groups = ipv6Groups(plain);
  return groups ? `${writeGroups(groups, 3)}::/48` : `${plain.split('.').slice(0, 3).join('.')}.0/24`;
}
