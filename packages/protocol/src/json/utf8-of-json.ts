const blockBytes = 64 * 1024;

/**
 * The UTF-8 of a JSON text whose byte order mark says how it is encoded: PowerShell writes UTF-16, Windows' editors UTF-8
 * behind a mark. Text without a mark is returned as it is, and so is what only claims to be UTF-16.
 */
export function utf8OfJson(bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3);
  if (first === 0xff && second === 0xfe) return transcode(bytes, 'utf-16le');
  if (first === 0xfe && second === 0xff) return transcode(bytes, 'utf-16be');
  return bytes;
}

/** By blocks: as one string a large body would take its size three times. */
function transcode(bytes: Uint8Array, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const encoder = new TextEncoder();
  // Three bytes at most of two; pages are only taken as they are filled.
  const text = new Uint8Array(Math.ceil(bytes.length * 1.5) + 3);
  let filled = 0;
  try {
    for (let at = 0; at < bytes.length; at += blockBytes) {
      const isLast = at + blockBytes >= bytes.length;
      const piece = decoder.decode(bytes.subarray(at, at + blockBytes), { stream: !isLast });
      filled += encoder.encodeInto(piece, text.subarray(filled)).written;
    }
  } catch {
    return bytes;
  }
  return text.subarray(0, filled);
}
