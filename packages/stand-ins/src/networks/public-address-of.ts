import type { Address } from '@callable/protocol';

/** An address of IPv6 in a /48, and almost surely a /32, of this key alone. */
export function publicAddressOf(key: Address): string {
  const [, high, low] = /^0x(.{4})(.{4})/.exec(key) ?? [];
  return `2a00:${high}:${low}::1`;
}
