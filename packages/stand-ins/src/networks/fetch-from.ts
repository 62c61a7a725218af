import type { Client } from '@callable/sdk';

/** Requests as a proxy hands them on that a server trusts, of somebody at this address. */
export const fetchFrom =
  (address: string): Client['fetch'] =>
  (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('x-forwarded-for', address);
    return fetch(input, { ...init, headers });
  };
