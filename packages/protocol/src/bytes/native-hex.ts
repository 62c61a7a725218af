/** Lower-case hex of bytes. Text that grows digit by digit is a rope: in a call's hashes it cost four times this. */
export const spellHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
