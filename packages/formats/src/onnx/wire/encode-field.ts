/** Parts of a protobuf message; `joined` puts them into one array. */
export type Part = Uint8Array;

const encoder = new TextEncoder();

export function varint(value: number | bigint): Part {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** A varint field; negative numbers take ten bytes, as protobuf's int64 does. */
export function integerField(number: number, value: number | bigint): Part {
  return joined([varint(number * 8), varint(value)]);
}

/** A length-delimited field: bytes, an embedded message, or packed numbers. */
export function bytesField(number: number, content: Part | readonly Part[]): Part {
  const body = content instanceof Uint8Array ? content : joined(content);
  return joined([varint(number * 8 + 2), varint(body.length), body]);
}

export function textField(number: number, text: string): Part {
  return bytesField(number, encoder.encode(text));
}

export function floatField(number: number, value: number): Part {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined([varint(number * 8 + 5), bytes]);
}

export function joined(parts: readonly Part[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
