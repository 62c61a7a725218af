import type { IncomingMessage } from 'node:http';
import { parseReceipt, sliceMembers } from '@callable/protocol';
import type { KeptReceipt } from './proxy-settings.ts';

/** An answer above this passes all the same; its receipt is not kept. */
const mostAnswerBytes = 8 * 2 ** 20;
const tailBytes = 256 * 1024;

/** Reads the receipt of an answer as it passes by. Nothing of the answer is changed, and one without a receipt has none. */
export function watchReceipt(answer: IncomingMessage, keep: (receipt: KeptReceipt) => void): void {
  if (answer.statusCode !== 200) return;
  const { 'callable-receipt': inHeader, 'callable-receipt-salt': salt, 'content-type': type = '' } = answer.headers;
  if (typeof inHeader === 'string') {
    tell({ receipt: read(Buffer.from(inHeader, 'base64url')), salt }, keep);
    return;
  }
  const isEvents = type.startsWith('text/event-stream');
  let pieces: Buffer[] = [];
  let size = 0;
  answer.on('data', (piece: Buffer) => {
    pieces.push(piece);
    size += piece.length;
    if (isEvents && size > 2 * tailBytes) {
      pieces = [Buffer.concat(pieces).subarray(-tailBytes)];
      size = tailBytes;
    } else if (!isEvents && size > mostAnswerBytes) pieces = [];
  });
  answer.once('end', () => {
    if (pieces.length === 0) return;
    const bytes = Buffer.concat(pieces);
    const members = sliceMembers(isEvents ? lastEvent(bytes) : bytes);
    const member = (name: string) => read(members?.get(name));
    const said = { release: member('release'), digest: member('digest'), node: member('node') };
    tell({ receipt: member('receipt'), salt: member('salt') ?? salt, ...said }, keep);
  });
}

function tell(found: KeptReceipt, keep: (receipt: KeptReceipt) => void): void {
  if (parseReceipt(found.receipt)) keep(found);
}

/** The data of the event `end`. Every line of data begins with `data: `, so no answer can write such an event. */
function lastEvent(bytes: Buffer): Buffer {
  const mark = Buffer.from('event: end\ndata: ');
  const at = bytes.lastIndexOf(mark);
  if (at < 0 || (at > 0 && bytes[at - 1] !== 0x0a)) return Buffer.alloc(0);
  const end = bytes.indexOf('\n', at + mark.length);
  return bytes.subarray(at + mark.length, end < 0 ? undefined : end);
}

function read(bytes: Uint8Array | undefined): unknown {
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
