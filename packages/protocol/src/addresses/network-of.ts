import { ipv6Groups, writeGroups } from './ipv6-groups.ts';
import { plainAddress } from './plain-address.ts';

/**
 * What stands for whoever sends from this remote address: itself, or its /64 network of IPv6. One customer gets all
 * addresses of that: counted one by one, they would never run out.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  const groups = ipv6Groups(plain);
  return groups ? writeGroups(groups, 4) : plain;
}
