/** Strings as the data of a BYTES tensor: for each a u32 little-endian length and its UTF-8. */
export function encodeTexts(texts: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => encoder.encode(text));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const header = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    header.setUint32(at, part.length, true);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}
