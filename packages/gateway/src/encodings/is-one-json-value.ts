const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Whether these bytes are one object or array from first to last byte, judged by its brackets alone: enough to know
 * that they stay inside the place they are put, at a fraction of the cost of parsing megabytes of numbers.
 */
export function isOneJsonValue(bytes: Uint8Array, opening: '{' | '['): boolean {
  if (bytes[0] !== opening.charCodeAt(0)) return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
      if (at < 0) return false;
    } else if (byte === openBrace || byte === openBracket) {
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth === 0) return at === bytes.length - 1;
    }
  }
  return false;
}

/** Where the string that opens at `start` closes, or -1. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(quote, start + 1); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}
