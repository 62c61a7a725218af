import type { KeptCall } from './kept-call.ts';

/** u32 length of the head, u32 of the inputs, u32 of the outputs; the head as JSON, the inputs, the outputs. */
export const prefixBytes = 12;
/** What a head has at most: its members are of fixed length but for the encoding. */
export const mostHeadBytes = 4096;

/** What stands before the inputs of a call. */
export function encodeHead({ receipt, inputs, outputs, ...rest }: KeptCall): Buffer {
  // First, whatever order the caller's members are in: `readReceipt` looks nowhere else.
  const text = JSON.stringify({ receipt, ...rest });
  const bytes = Buffer.allocUnsafe(prefixBytes + Buffer.byteLength(text));
  bytes.writeUInt32LE(bytes.length - prefixBytes, 0);
  bytes.writeUInt32LE(inputs.length, 4);
  bytes.writeUInt32LE(outputs.length, 8);
  bytes.write(text, prefixBytes);
  return bytes;
}

export const encodeCall = (call: KeptCall): Buffer => Buffer.concat([encodeHead(call), call.inputs, call.outputs]);

/** Throws when the bytes are not one whole call. */
export function decodeCall(bytes: Buffer): KeptCall {
  const length = callLength(bytes);
  if (length?.whole !== bytes.length) throw new RangeError('a kept call is cut short');
  const start = prefixBytes + length.head;
  return {
    ...(JSON.parse(bytes.toString('utf8', prefixBytes, start)) as Omit<KeptCall, 'inputs' | 'outputs'>),
    inputs: bytes.subarray(start, start + length.inputs),
    outputs: bytes.subarray(start + length.inputs),
  };
}

/** How long the call that begins there is, or null when not even its prefix is there. */
export function callLength(bytes: Buffer, at = 0): { head: number; inputs: number; whole: number } | null {
  if (bytes.length - at < prefixBytes) return null;
  const [head, inputs] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
  return { head, inputs, whole: prefixBytes + head + inputs + bytes.readUInt32LE(at + 8) };
}

const receiptFirst = Buffer.from('{"receipt":"');
const idDigits = 64;
const quote = 0x22;

/**
 * The mark of the receipt that a head names, which is its first member. Null when it is no head. No text is made of it: millions
 * of heads are read at a start, and text with a pattern over it took four times as long as reading the files.
 */
export function readMark(bytes: Buffer, at: number, length: number): number | null {
  const id = at + receiptFirst.length;
  if (length <= receiptFirst.length + idDigits || bytes[id + idDigits] !== quote) return null;
  for (let index = 0; index < receiptFirst.length; index++) if (bytes[at + index] !== receiptFirst[index]) return null;
  let mark = 0;
  for (let index = 0; index < 8; index++) {
    const digit = digits[bytes[id + index] ?? 0] ?? 255;
    if (digit > 15) return null;
    mark = mark * 16 + digit;
  }
  return mark;
}

/** What each byte is worth as a hex digit; 255 for none. */
const digits = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) digits[digit.charCodeAt(0)] = value;

/** When the call of a head was answered, or null when that is not to be read. */
export function readTime(head: Buffer): number | null {
  try {
    const { at } = JSON.parse(head.toString()) as { at?: unknown };
    return typeof at === 'number' && Number.isFinite(at) ? at : null;
  } catch {
    return null;
  }
}
