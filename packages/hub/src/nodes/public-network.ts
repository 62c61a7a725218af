import { isIPv6 } from 'node:net';
import { scopeOfHost } from '@callable/protocol';

/**
 * The network a request came from, as far as it says who is behind it: /24 of IPv4, /48 of IPv6, which is what one
 * customer is usually given. Null for loopback, private and special addresses: those say only that a proxy or the
 * operator itself stands before the hub.
 *
 * It bounds how many validators somebody gets by starting many processes on one machine or renting one rack. It does
 * not bound somebody who rents machines in many networks; against that stand the random draw, the quorum and audits.
 */
export function publicNetworkOf(address: string): string | null {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.split('%')[0] ?? '';
  if (scopeOfHost(isIPv6(plain) ? `[${plain}]` : plain) !== 'public') return null;
  if (!isIPv6(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  const [head = '', tail = ''] = plain.toLowerCase().split('::');
  const [start, end] = [head, tail].map((part) => (part === '' ? [] : part.split(':'))) as [string[], string[]];
  const zeros = Array.from({ length: Math.max(0, 8 - start.length - end.length) }, () => '0');
  const groups = [...start, ...(plain.includes('::') ? zeros : []), ...end];
  return `${groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/48`;
}
