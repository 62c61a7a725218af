import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { Check } from '../../schema/check.ts';
import { longestRequestId } from '../../tensor/parse-oip-inputs.ts';
import { LinkRefusal } from '../link-answer.ts';
import { decodeJson, encodeJson } from './json-payload.ts';

/** The head of an ANSWER: of a good one the number of its receipt, which came in a batch before it. */
export type AnswerHead = { ok: true; seq: number; salt: string; runMs: number; id?: string } | LinkRefusal;

const refused = 0;
const good = 1;

/** A good head is 49 fixed bytes, so that nothing is parsed for it, and the id as JSON where there is one. */
export function encodeAnswerHead(head: AnswerHead): Uint8Array {
  const to = new ByteWriter(64);
  to.u8(head.ok ? good : refused);
  if (!head.ok) {
    to.raw(encodeJson(head));
    return to.finish();
  }
  to.u64(head.seq);
  to.hex(head.salt, 32);
  to.f64(head.runMs);
  if (head.id !== undefined) to.raw(encodeJson(head.id));
  return to.finish();
}

export function decodeAnswerHead(bytes: Uint8Array): AnswerHead | null {
  const from = new ByteReader(bytes);
  const kind = from.u8();
  if (kind === refused) {
    const head = decodeJson(bytes.subarray(1));
    return Check(LinkRefusal, head) ? head : null;
  }
  const head = { ok: true as const, seq: from.u64(), salt: from.hex(32), runMs: from.f64() };
  if (from.failed || kind !== good || !(head.runMs >= 0 && head.runMs < Number.POSITIVE_INFINITY)) return null;
  if (from.left === 0) return head;
  const id = decodeJson(from.raw(from.left));
  return typeof id === 'string' && id.length <= longestRequestId ? { ...head, id } : null;
}
