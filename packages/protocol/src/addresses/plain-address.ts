import { ipv6Groups } from './ipv6-groups.ts';

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * An address of IPv4 or IPv6, in lower case and without zone; null for anything else. One of IPv4 that came over IPv6
 * is one of IPv4, however it is written: in groups it would be counted apart.
 */
export function plainAddress(address: string): string | null {
  const text = (address.split('%')[0] ?? '').toLowerCase();
  if (ipv4.test(text)) return text;
  const groups = ipv6Groups(text);
  if (!groups) return null;
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` : text;
}
