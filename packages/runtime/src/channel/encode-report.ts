import { type Report, reportKinds } from './messages.ts';

/** Bytes of the head of a `ran` before its id. */
export const ranBytes = 74;

const pieceHead = Buffer.of(reportKinds.piece);

/**
 * The head of a report. Those of every call have fixed bytes, after u8 kind: of a piece nothing; of a ran u8 whether it has
 * an id, f64 milliseconds, both digests, the id. The others are rare, so they are JSON, which begins with a brace.
 */
export function encodeReport(report: Report): Uint8Array {
  if (report.type === 'piece') return pieceHead;
  if (report.type !== 'ran') return Buffer.from(JSON.stringify(report));
  const id = report.id === undefined ? null : Buffer.from(report.id);
  const head = Buffer.allocUnsafe(ranBytes + (id?.length ?? 0));
  head[0] = reportKinds.ran;
  head[1] = id ? 1 : 0;
  head.writeDoubleLE(report.runMs, 2);
  head.write(report.inputDigest, 10, 32, 'hex');
  head.write(report.outputDigest, 42, 32, 'hex');
  if (id) head.set(id, ranBytes);
  return head;
}
