import { ranBytes } from './encode-report.ts';
import { type Report, reportKinds } from './messages.ts';

/** Reads what `encodeReport` writes; throws when a runner writes anything else. */
export function decodeReport(head: Buffer): Report {
  const kind = head[0];
  if (kind === 0x7b) return JSON.parse(head.toString()) as Report;
  if (kind === reportKinds.piece && head.length === 1) return { type: 'piece' };
  const hasId = head[1] === 1;
  if (kind !== reportKinds.ran || !(hasId ? head.length >= ranBytes : head.length === ranBytes))
    throw new RangeError('a report of no known kind');
  return {
    type: 'ran',
    ...(hasId ? { id: head.toString('utf8', ranBytes) } : {}),
    runMs: head.readDoubleLE(2),
    inputDigest: head.toString('hex', 10, 42),
    outputDigest: head.toString('hex', 42, 74),
  };
}
