const spelled = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The value of each digit by its character code; others have none. */
const digits = new Int8Array(128).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Lower-case hex of bytes, without a prefix. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += spelled[byte];
  return out;
}

/** Bytes of a hex string with or without `0x`; null when it is not an even number of hex digits. */
export function fromHex(hex: string): Uint8Array | null {
  const start = hex.startsWith('0x') ? 2 : 0;
  const length = (hex.length - start) / 2;
  if (!Number.isInteger(length)) return null;
  const out = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const high = digits[hex.charCodeAt(start + 2 * index)] ?? -1;
    const low = digits[hex.charCodeAt(start + 2 * index + 1)] ?? -1;
    if (high < 0 || low < 0) return null;
    out[index] = (high << 4) | low;
  }
  return out;
}
