import { ipv6Groups } from './ipv6-groups.ts';

/**
 * From how near a network may ask its nodes to fetch from each other: addresses of the whole internet only, also those
 * of private networks, or also those of this machine. Each includes the ones before it.
 */
export const peerScopes = ['public', 'private', 'loopback'] as const;
export type PeerScope = (typeof peerScopes)[number];

/** Where a host name leads, as far as it says itself; `never` for link-local, multicast and the like. */
export type HostScope = PeerScope | 'name' | 'never';

/**
 * The base URL of a peer, without a slash at the end; null unless it is nothing but http(s), host and a port of 80, 443
 * or from 1024 on. A peer
 * chooses its URL freely, and other nodes will ask it: a path or query would let it aim them at somebody's API.
 */
export function parsePeerUrl(text: string): string | null {
  if (text.length > 200 || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  if (url.username || url.password || url.pathname !== '/' || url.search || url.hash) return null;
  // Below 1024 live mail, name and file servers of others; a peer has the ports of the web, or one that anybody may open.
  if (url.port !== '' && url.port !== '80' && url.port !== '443' && Number(url.port) < 1024) return null;
  return url.origin;
}

/** Whether nodes within this scope may be sent to a peer there. What a name resolves to is checked when it is dialled. */
export function allowsPeer(scope: PeerScope, peerUrl: string): boolean {
  return allowsHost(scope, new URL(peerUrl).hostname);
}

export function allowsHost(scope: PeerScope, host: string): boolean {
  const found = scopeOfHost(host);
  if (found === 'never') return false;
  return found === 'name' || peerScopes.indexOf(found) <= peerScopes.indexOf(scope);
}

/** Of a host as `new URL` writes it: there 0x7f.1 is 127.0.0.1 already. */
export function scopeOfHost(host: string): HostScope {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return scopeOfIpv4(name.split('.').map(Number));
  const address = /^\[?([0-9a-f:.]+)(%.*)?\]?$/.exec(name)?.[1];
  return address?.includes(':') ? scopeOfIpv6(address) : 'name';
}

function scopeOfIpv4([a = 0, b = 0, c = 0]: number[]): HostScope {
  if (a === 127) return 'loopback';
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private';
  // Shared address space of carriers; some clouds keep their metadata there.
  if (a === 100 && b >= 64 && b < 128) return 'private';
  // 169.254.169.254 is where clouds hand out credentials; 0/8 is this host; 192.0.0/24, 198.18/15 and 224 up are special.
  if (a === 0 || (a === 169 && b === 254) || a >= 224) return 'never';
  if ((a === 192 && b === 0 && c === 0) || (a === 198 && (b === 18 || b === 19))) return 'never';
  return 'public';
}

function scopeOfIpv6(text: string): HostScope {
  const groups = ipv6Groups(text);
  if (!groups) return 'never';
  const [first = 0, second = 0] = groups;
  const tail = [(groups[6] ?? 0) >> 8, (groups[6] ?? 0) & 255, (groups[7] ?? 0) >> 8, (groups[7] ?? 0) & 255];
  const leadsWithZeros = groups.slice(0, 5).every((group) => group === 0);
  if (leadsWithZeros && groups[5] === 0xffff) return scopeOfIpv4(tail);
  if (leadsWithZeros && groups[5] === 0) return groups[6] === 0 && groups[7] === 1 ? 'loopback' : 'never';
  if (first === 0x64 && second === 0xff9b) return scopeOfIpv4(tail);
  if ((first & 0xfe00) === 0xfc00) return 'private';
  // 2002::/16 wraps an IPv4 address; of the rest only 2000::/3 is given out to the world.
  return (first & 0xe000) === 0x2000 && first !== 0x2002 ? 'public' : 'never';
}
