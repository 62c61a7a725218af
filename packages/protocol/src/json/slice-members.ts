/**
 * The members of a JSON object as the bytes they were written in, or null when the bytes are no object.
 * For tensors inside a larger document: JSON.parse would round every integer beyond 2^53. Each value still has to be
 * parsed by whoever uses it; here only its end is found.
 */
export function sliceMembers(bytes: Uint8Array): Map<string, Uint8Array> | null {
  const members = new Map<string, Uint8Array>();
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== brace.open) return null;
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === brace.close) return members;
  for (;;) {
    const keyEnd = endOfString(bytes, at);
    const colon = keyEnd === null ? -1 : skipSpace(bytes, keyEnd);
    const key = keyEnd === null ? null : parseText(bytes.subarray(at, keyEnd));
    if (key === null || bytes[colon] !== 0x3a || members.has(key)) return null;
    const start = skipSpace(bytes, colon + 1);
    const end = endOfValue(bytes, start);
    if (end === null) return null;
    members.set(key, bytes.subarray(start, end));
    at = skipSpace(bytes, end);
    if (bytes[at] === brace.close) return members;
    if (bytes[at] !== 0x2c) return null;
    at = skipSpace(bytes, at + 1);
  }
}

const brace = { open: 0x7b, close: 0x7d };
const quote = 0x22;
const backslash = 0x5c;

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function endOfString(bytes: Uint8Array, start: number): number | null {
  if (bytes[start] !== quote) return null;
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at + 1;
  }
  return null;
}

function endOfValue(bytes: Uint8Array, start: number): number | null {
  let depth = 0;
  for (let at = start; at < bytes.length; ) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = endOfString(bytes, at);
      if (end === null) return null;
      at = end;
      continue;
    }
    if (byte === brace.open || byte === 0x5b) depth++;
    else if (byte === brace.close || byte === 0x5d) {
      if (depth === 0) return at > start ? at : null;
      depth--;
    } else if (byte === 0x2c && depth === 0) return at > start ? at : null;
    at++;
  }
  return null;
}

function parseText(bytes: Uint8Array): string | null {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as string;
  } catch {
    return null;
  }
}
