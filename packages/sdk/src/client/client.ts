import type { Address, PrivateKey } from '@callable/protocol';
import type { HeadMemory } from './head-memory.ts';

/** For whom a request or statement is: no other hub or gateway takes it. */
export type Audience = 'hub' | 'gateway';

/** Everything an action needs to speak to one hub or gateway. */
export type Client = {
  readonly baseUrl: string;
  /** Signs requests when given; without it only what needs no key works. */
  readonly key: PrivateKey | null;
  /** In whose name calls are signed, where it is not the key's own: who that is has allowed it (scope `call`). */
  readonly onBehalfOf: Address | null;
  /** The addresses that hub and gateway at `baseUrl` must have, where they are known beforehand. */
  readonly audiences: Readonly<Partial<Record<Audience, Address>>>;
  /** What they said of themselves where not. */
  readonly found: Partial<Record<Audience, Address>>;
  /** The largest body that proxies on the way were found to let through; no limit is known until one refused. */
  readonly way: { mostBytes: number };
  /** The head of the hub's log that was seen last, where it is kept. */
  readonly heads: HeadMemory | null;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
};

/** A client of the HTTP APIs at this base URL. */
export function createClient(
  baseUrl: string,
  options: Partial<Omit<Client, 'baseUrl' | 'found' | 'way'>> = {},
): Client {
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key: options.key ?? null,
    onBehalfOf: options.onBehalfOf ?? null,
    audiences: options.audiences ?? {},
    found: {},
    way: { mostBytes: Number.POSITIVE_INFINITY },
    heads: options.heads ?? null,
    fetch: options.fetch ?? globalThis.fetch,
    clock: options.clock ?? Date.now,
    random: options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length))),
  };
}
