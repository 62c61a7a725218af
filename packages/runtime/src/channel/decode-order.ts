import { encodings, type Order, orderKinds } from './messages.ts';

/** Reads what `encodeOrder` writes. Only the node writes to this end, so what is wrong is a fault of its own and is thrown. */
export function decodeOrder(head: Buffer): Order {
  const kind = head[0];
  if (kind === 0x7b) return JSON.parse(head.toString()) as Order;
  if (kind === orderKinds.credit) return { type: 'credit', call: head.readUInt32LE(1) };
  if (kind === orderKinds.cancel) return { type: 'cancel', call: head.readUInt32LE(1) };
  const encoding = encodings[head[1] ?? -1];
  const isLaid = head.length === 48;
  if (kind !== orderKinds.run || !(isLaid || head.length === 40) || !encoding)
    throw new RangeError('an order of no known kind');
  const region = isLaid ? { offset: head.readUInt32LE(40), length: head.readUInt32LE(44) } : undefined;
  const [pieces, call, salt] = [head.readUInt16LE(2), head.readUInt32LE(4), head.subarray(8, 40)];
  return { type: 'run', encoding, pieces, call, salt, region };
}
