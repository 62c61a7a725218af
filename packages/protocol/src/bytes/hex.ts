import { spellHex } from '#hex';

/** The value of each digit by its character code; others have none. */
const digits = new Int8Array(128).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Lower-case hex of bytes, without a prefix. */
export const toHex = (bytes: Uint8Array): string => spellHex(bytes);

/** Bytes of a hex string with or without `0x`; null when it is not an even number of hex digits. */
export function fromHex(hex: string): Uint8Array | null {
  const length = (hex.length - startOf(hex)) / 2;
  if (!Number.isInteger(length)) return null;
  const out = new Uint8Array(length);
  return placeHex(hex, out, 0, length) ? out : null;
}

/** Writes the bytes of a hex string to a place. False where it is not that many bytes; what is there then is undefined. */
export function placeHex(hex: string, into: Uint8Array, at: number, length: number): boolean {
  const start = startOf(hex);
  if (hex.length - start !== 2 * length) return false;
  for (let index = 0; index < length; index++) {
    const high = digits[hex.charCodeAt(start + 2 * index)] ?? -1;
    const low = digits[hex.charCodeAt(start + 2 * index + 1)] ?? -1;
    if (high < 0 || low < 0) return false;
    into[at + index] = (high << 4) | low;
  }
  return true;
}

const startOf = (hex: string) => (hex.startsWith('0x') ? 2 : 0);
