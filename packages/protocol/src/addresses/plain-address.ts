/** A remote address as a socket says it, without zone; an IPv4 address that came over IPv6 is one of IPv4. */
export const plainAddress = (address: string): string =>
  /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.split('%')[0] ?? '';
