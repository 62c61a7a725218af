import { type Address, toHex } from '@callable/protocol';

/** The address at this place of a segment. */
export const addressAt = (bytes: Uint8Array, at: number): Address =>
  `0x${toHex(bytes.subarray(at, at + 20))}` as Address;
