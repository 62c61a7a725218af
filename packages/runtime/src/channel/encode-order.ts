import { encodings, type Order, orderKinds } from './messages.ts';

/**
 * The head of an order. Those of every call have fixed bytes, after u8 kind: of a run u8 encoding, u16 pieces, u32 call, 32
 * bytes of salt, and where its body is in the scratch file u32 offset, u32 length; of a credit or a cancel u32 call. A load, which is rare, is JSON and begins with a brace.
 */
export function encodeOrder(order: Order): Buffer {
  if (order.type === 'load') return Buffer.from(JSON.stringify(order));
  if (order.type !== 'run') {
    const head = Buffer.allocUnsafe(5);
    head[0] = orderKinds[order.type];
    head.writeUInt32LE(order.call, 1);
    return head;
  }
  if (order.salt.length !== 32) throw new RangeError(`the salt of a call is 32 bytes, not ${order.salt.length}`);
  const { region } = order;
  const head = Buffer.allocUnsafe(region ? 48 : 40);
  head[0] = orderKinds.run;
  head[1] = encodings.indexOf(order.encoding);
  head.writeUInt16LE(order.pieces, 2);
  head.writeUInt32LE(order.call, 4);
  head.set(order.salt, 8);
  if (region) {
    head.writeUInt32LE(region.offset, 40);
    head.writeUInt32LE(region.length, 44);
  }
  return head;
}
