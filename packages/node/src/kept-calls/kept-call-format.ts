import type { KeptCall } from './kept-call.ts';

/** u32 length of the head, u32 of the inputs, u32 of the outputs; the head as JSON, the inputs, the outputs. */
export const prefixBytes = 12;
/** What a head has at most: its members are of fixed length but for the encoding. */
export const mostHeadBytes = 4096;

/** What stands before the inputs of a call. */
export function encodeHead({ inputs, outputs, ...head }: KeptCall): Buffer {
  const text = JSON.stringify(head);
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

/** How long the call that begins here is, or null when not even its prefix is there. */
export function callLength(bytes: Buffer): { head: number; inputs: number; whole: number } | null {
  if (bytes.length < prefixBytes) return null;
  const [head, inputs, outputs] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  return { head, inputs, whole: prefixBytes + head + inputs + outputs };
}

const receiptFirst = '{"receipt":"';

/** The receipt a head names, which is its first member: a million heads are read so in a second. Null when it is no head. */
export function readReceipt(head: Buffer): string | null {
  const start = receiptFirst.length;
  if (head.toString('latin1', 0, start) !== receiptFirst || head[start + 64] !== 0x22) return null;
  const receipt = head.toString('latin1', start, start + 64);
  return hexDigits.test(receipt) ? receipt : null;
}

const hexDigits = /^[0-9a-f]{64}$/;

/** When the call of a head was answered, or null when that is not to be read. */
export function readTime(head: Buffer): number | null {
  try {
    const { at } = JSON.parse(head.toString()) as { at?: unknown };
    return typeof at === 'number' && Number.isFinite(at) ? at : null;
  } catch {
    return null;
  }
}
