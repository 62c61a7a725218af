/** An account of secp256k1 keys as Ethereum writes it, always in lower case here. */
export type Address = `0x${string}` & { readonly __brand: 'Address' };

const grammar = /^0x[0-9a-fA-F]{40}$/;

/** Nobody: the caller of a keyless request. */
export const zeroAddress = '0x0000000000000000000000000000000000000000' as Address;

/** The address in this text, lower-cased (checksummed spellings are accepted), or null. */
export function parseAddress(text: string): Address | null {
  return grammar.test(text) ? (text.toLowerCase() as Address) : null;
}
