import { plainAddress } from '@callable/protocol';

/**
 * The address in an entry of `X-Forwarded-For`, some write with its port: `1.2.3.4:80`, `[::1]:80`, `[::1]`. The port is
 * dropped: with it one caller would be another at each connection. Null for anything else.
 */
export function parseForwardedEntry(entry: string): string | null {
  const bracketed = /^\[([^[\]]+)\](?::\d{1,5})?$/.exec(entry)?.[1];
  if (bracketed !== undefined) return bracketed.includes(':') ? plainAddress(bracketed) : null;
  return plainAddress(/^([\d.]+):\d{1,5}$/.exec(entry)?.[1] ?? entry);
}
