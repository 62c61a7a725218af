import { isIPv6 } from 'node:net';

/**
 * What stands for whoever sends from this remote address: itself, or the /64 network of IPv6, of which one customer
 * has all addresses.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const start = head === '' ? [] : head.split(':');
  const end = tail === '' ? [] : tail.split(':');
  const zeros = address.includes('::') ? Math.max(0, 8 - start.length - end.length) : 0;
  return [...start, ...Array.from({ length: zeros }, () => '0'), ...end].slice(0, 4).join(':');
}
