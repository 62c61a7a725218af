import { isUtf8 } from 'node:buffer';
import { longestRequestId } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import { ranBytes } from './encode-report.ts';
import { type Report, reportKinds } from './messages.ts';
import { RareReport } from './rare-reports.ts';

/**
 * Reads what `encodeReport` writes; throws a RangeError or SyntaxError when a runner writes anything else. It may be in the hands
 * of its model: a time that is no number or an id too long would end the node's link, with the calls of all models on it,
 * and a problem nested without end the node.
 */
export function decodeReport(head: Buffer): Report {
  const kind = head[0];
  if (kind === 0x7b) return decodeRare(head);
  if (kind === reportKinds.piece && head.length === 1) return { type: 'piece' };
  if (kind !== reportKinds.ran || head.length < ranBytes) throw new RangeError('a report of no known kind');
  const runMs = head.readDoubleLE(2);
  if (!(runMs >= 0 && runMs < Number.POSITIVE_INFINITY)) throw new RangeError('a call that ran for no time there is');
  return {
    type: 'ran',
    ...readId(head),
    runMs,
    inputDigest: head.toString('hex', 10, 42),
    outputDigest: head.toString('hex', 42, 74),
  };
}

function decodeRare(head: Buffer): Report {
  const said: unknown = JSON.parse(head.toString());
  if (!Check(RareReport, said)) throw new RangeError('a report of no known kind');
  return said as Report;
}

function readId(head: Buffer): { id?: string } {
  const bytes = head.subarray(ranBytes);
  if (head[1] === 0 && bytes.length === 0) return {};
  const id = head[1] === 1 && isUtf8(bytes) ? bytes.toString() : null;
  if (id === null || id.length > longestRequestId) throw new RangeError('an id that no caller gave');
  return { id };
}
