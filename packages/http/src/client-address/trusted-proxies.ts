import { isIP } from 'node:net';
import { CallableError, plainAddress } from '@callable/protocol';

/**
 * Whose `X-Forwarded-For` is believed: so many hops in front of this server, or proxies by address (`10.0.0.7`) or
 * network (`10.0.0.0/8`). 0 hops are none. A number is only safe where nobody reaches the port but through them.
 */
export type TrustedProxies = number | readonly string[];

/** The largest number of hops that is taken for meant. */
const maxHops = 16;
const maxNamed = 256;

/**
 * Reads a setting, `2` or `10.0.0.7,fd00::/8`; empty is none. Throws RequestInvalid, which names the setting: a typing
 * error must not quietly trust everybody, or nobody.
 */
export function parseTrustedProxies(setting: string, text: string | undefined): TrustedProxies {
  const parts = (text ?? '').split(',').map((part) => part.trim());
  const [only = ''] = parts;
  if (parts.length === 1 && only === '') return 0;
  if (parts.length === 1 && /^\d{1,3}$/.test(only) && Number(only) <= maxHops) return Number(only);
  const wrong = parts.length > maxNamed ? `${parts.length} proxies` : parts.find((part) => parseNetwork(part) === null);
  if (wrong === undefined) return parts;
  throw new CallableError(
    'RequestInvalid',
    `${setting} is a number of proxies up to ${maxHops}, or addresses and networks like 10.0.0.7,fd00::/8, not ${JSON.stringify(wrong)}.`,
  );
}

export type ProxyNetwork = { address: string; bits: number; family: 'ipv4' | 'ipv6' };

/** Null for what is no address and no network. `/0` is refused: whoever is believed whoever it is, is nobody's proxy. */
export function parseNetwork(text: string): ProxyNetwork | null {
  const [written = '', prefix, more] = text.split('/');
  const address = more === undefined && !written.includes('%') ? plainAddress(written) : null;
  if (address === null) return null;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  // A mapped network would have its bits counted from another end.
  if (prefix !== undefined && family === 'ipv4' && written.includes(':')) return null;
  const most = family === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0;
  return bits >= 1 && bits <= most ? { address, bits, family } : null;
}
