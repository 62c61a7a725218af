import { createReadStream } from 'node:fs';
import type { KeptCall } from './kept-call.ts';

/** u32 length of the head, u32 of the inputs, u32 of the outputs; the head as JSON, the inputs, the outputs. */
const prefixBytes = 12;

export function encodeCall({ inputs, outputs, ...head }: KeptCall): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(prefixBytes);
  for (const [index, part] of [text, inputs, outputs].entries()) prefix.writeUInt32LE(part.length, 4 * index);
  return Buffer.concat([prefix, text, inputs, outputs]);
}

/** Throws when the bytes are not one whole call. */
export function decodeCall(bytes: Buffer): KeptCall {
  const length = callLength(bytes);
  if (length !== bytes.length) throw new RangeError('a kept call is cut short');
  const head = bytes.readUInt32LE(0);
  const inputs = bytes.readUInt32LE(4);
  const start = prefixBytes + head;
  return {
    ...(JSON.parse(bytes.toString('utf8', prefixBytes, start)) as Omit<KeptCall, 'inputs' | 'outputs'>),
    inputs: bytes.subarray(start, start + inputs),
    outputs: bytes.subarray(start + inputs),
  };
}

/** The calls of a segment in order, as far as they are whole: the last one may have been cut short by a crash. */
export async function* readSegment(
  path: string,
): AsyncGenerator<{ call: Pick<KeptCall, 'receipt' | 'at'>; length: number }> {
  let rest = Buffer.alloc(0);
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, piece]);
    for (let length = callLength(rest); length !== null && length <= rest.length; length = callLength(rest)) {
      yield { call: decodeCall(rest.subarray(0, length)), length };
      rest = rest.subarray(length);
    }
  }
}

/** How long the call that begins here is, or null when not even its prefix is there. */
function callLength(bytes: Buffer): number | null {
  if (bytes.length < prefixBytes) return null;
  return prefixBytes + bytes.readUInt32LE(0) + bytes.readUInt32LE(4) + bytes.readUInt32LE(8);
}
