/** One field of a message lying in memory: `whole` with its tag, `content` without tag and length. */
export type FieldSpan = {
  readonly number: number;
  readonly wire: number;
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
};

/**
 * The fields of one message in the order they are written, or null where the bytes are not a protobuf message. For
 * edits that keep every other byte as it was.
 */
export function listFields(message: Uint8Array): FieldSpan[] | null {
  const spans: FieldSpan[] = [];
  let at = 0;
  const varint = (): number | null => {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = message[at];
      if (byte === undefined) return null;
      at += 1;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    return null;
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    if (tag === null || tag < 8) return null;
    const wire = tag % 8;
    let content = at;
    if (wire === 0) {
      if (varint() === null) return null;
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (length === null) return null;
      content = at;
      at += length;
    } else return null;
    if (at > message.length) return null;
    const number = Math.floor(tag / 8);
    spans.push({ number, wire, whole: message.subarray(start, at), content: message.subarray(content, at) });
  }
  return spans;
}
