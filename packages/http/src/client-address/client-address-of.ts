import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { plainAddress } from '@callable/protocol';
import { parseForwardedEntry } from './parse-forwarded-entry.ts';
import { parseNetwork, type TrustedProxies } from './trusted-proxies.ts';

type ArrivedMessage = Pick<IncomingMessage, 'headers'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> };

/**
 * The address a request comes from: of the socket, and behind trusted proxies the rightmost `X-Forwarded-For` entry that
 * none of them wrote of another. Each entry is the word of the one to its right: what lies left of the first stranger
 * is invented by whoever likes. An entry that is no address makes it the socket's; empty when that has none.
 *
 * Not Fastify's `trustProxy`: with a number it trusts nobody, and an entry is taken as it stands, with its port.
 */
export function clientAddressOf(message: ArrivedMessage, trusted: TrustedProxies): string {
  const socket = plainAddress(message.socket.remoteAddress ?? '') ?? '';
  const isTrusted = typeof trusted === 'number' ? (_: string, hop: number) => hop < trusted : isNamed(trusted);
  let client = socket;
  for (const [hop, entry] of entriesFromTheRight(message).entries()) {
    if (!isTrusted(client, hop)) break;
    const address = parseForwardedEntry(entry);
    if (address === null) return socket;
    client = address;
  }
  return client;
}

/** Node joins several headers of this name in their order. Empty members of a list say nothing (RFC 9110, 5.6.1). */
function entriesFromTheRight({ headers }: Pick<IncomingMessage, 'headers'>): string[] {
  return [headers['x-forwarded-for'] ?? []]
    .flat()
    .flatMap((header) => header.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .reverse();
}

const compiled = new WeakMap<readonly string[], BlockList>();

function isNamed(proxies: readonly string[]): (address: string) => boolean {
  const list = compiled.get(proxies) ?? compile(proxies);
  compiled.set(proxies, list);
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function compile(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const network = parseNetwork(proxy);
    if (!network) throw new Error(`${JSON.stringify(proxy)} is not a network.`);
    list.addSubnet(network.address, network.bits, network.family);
  }
  return list;
}
