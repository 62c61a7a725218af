import { type Address, openReceiptSession, type ReceiptFacts } from '@callable/protocol';
import { type TestNode, testSalt } from '@callable/stand-ins';

/** Numbers of the protocol, written here again: what a node puts on the wire is not what our own code would. */
export const frames = { ANSWER: 7, DATA: 8, CREDIT: 9, BYE: 11, PIECE: 12, BATCH: 14, PACK: 15 };

export function frame(type: keyof typeof frames, stream: number, end: boolean, ...payload: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(frames[type]), u32(stream), Buffer.of(end ? 1 : 0), ...payload]);
}

/** The frames of a message: one, or several in a pack, each behind its length. */
export function framesOf(message: Buffer): Buffer[] {
  if (message[0] !== frames.PACK) return [message];
  const found: Buffer[] = [];
  for (let at = 6; at < message.length; ) {
    const end = at + 4 + message.readUInt32BE(at);
    found.push(message.subarray(at + 4, end));
    at = end;
  }
  return found;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

const hex = (digits: string): Buffer => Buffer.from(digits.replace(/^0x/, ''), 'hex');

export const salt = hex(testSalt);

/** The head of a good answer that names this receipt. */
export const goodHead = (seq: number): Buffer => {
  const runMs = Buffer.alloc(8);
  runMs.writeDoubleBE(1);
  return Buffer.concat([Buffer.of(1), u64(seq), salt, runMs]);
};

/** The head of a refusal, or of what claims to be one. */
export const refusedHead = (said: unknown): Buffer => Buffer.concat([Buffer.of(0), Buffer.from(JSON.stringify(said))]);

/** Signs what it is told, each receipt in a batch of its own; what it gives are the frame of the batch and the head that goes with it. */
export function signByHand({ key, announcement }: TestNode, gateway: Address) {
  const session = `${announcement().session?.slice(0, 32)}${'1'.padStart(32, '0')}`;
  let signed: { batch: Buffer; head: Buffer } | null = null;
  const receipts = openReceiptSession<number>({
    ...{ key, session, gateway, clock: Date.now, afterTick: (work) => work() },
    onBatch({ batch, entries }) {
      const { node, first, count, root, previous, issuedAt, signature } = batch;
      const header = [hex(node), hex(session), hex(gateway), u64(first), Buffer.of(count)];
      const proof = [hex(root), hex(previous), u64(issuedAt), hex(signature)];
      const under = entries.flatMap(({ bytes, given }) => [u32(given), Buffer.from(bytes)]);
      signed = { batch: frame('BATCH', 0, true, ...header, ...proof, ...under), head: goodHead(first) };
    },
  });
  return (facts: ReceiptFacts, stream: number): { batch: Buffer; head: Buffer } => {
    receipts.add(facts, stream);
    if (!signed) throw new Error('It was not signed at once.');
    return signed;
  };
}
