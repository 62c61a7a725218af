import { type Address, parseAddress } from '@callable/protocol';
import type { Audience, Client } from './client.ts';
import { exchange } from './exchange.ts';
import { foreignAnswer } from './foreign-answer.ts';
import { readText } from './read-text.ts';

const paths = { hub: '/v1/network', gateway: '/v1/gateway' } as const;
const mostBytes = 2 ** 20;

/**
 * The address of the hub or gateway at the client's base URL: what is signed is signed for it. Asked once, and again after
 * a server has said that it is another. Throws HubUnreachable.
 */
export async function findAudience(client: Client, role: Audience, signal?: AbortSignal): Promise<Address> {
  const known = client.audiences[role] ?? client.found[role];
  if (known) return known;
  const path = paths[role];
  const from = client.baseUrl + path;
  const text = await readText(await exchange(client, path, { signal }), from, { mostBytes, signal });
  const address = readAddress(text, role);
  if (!address) throw foreignAnswer(`${from} does not say which ${role} it is.`);
  client.found[role] = address;
  return address;
}

function readAddress(text: string, role: Audience): Address | null {
  try {
    return parseAddress(String(JSON.parse(text)[role]));
  } catch {
    return null;
  }
}
