const spelled = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex of bytes, for browsers. */
export function spellHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += spelled[byte];
  return out;
}
