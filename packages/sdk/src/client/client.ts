import type { PrivateKey } from '@callable/protocol';

/** Everything an action needs to speak to one hub or gateway. */
export type Client = {
  readonly baseUrl: string;
  /** Signs requests when given; without it only what needs no key works. */
  readonly key: PrivateKey | null;
  /** How calls are signed: 2 for the host of `baseUrl` alone, 1 for a gateway that does not know version 2. */
  readonly callVersion: 1 | 2;
  readonly fetch: typeof fetch;
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
};

/** A client of the HTTP APIs at this base URL. */
export function createClient(baseUrl: string, options: Partial<Omit<Client, 'baseUrl'>> = {}): Client {
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key: options.key ?? null,
    callVersion: options.callVersion ?? 2,
    fetch: options.fetch ?? globalThis.fetch,
    clock: options.clock ?? Date.now,
    random: options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length))),
  };
}
