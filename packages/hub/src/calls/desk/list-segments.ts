import { createHash } from 'node:crypto';
import { hashBatchBytes, headerOf, segmentPrefix, splitSegments, toHex, viewSegment } from '@callable/protocol';
import { groupRuns, type Run } from './group-runs.ts';
import { keepSaid } from './keep-said.ts';
import { readWhole } from './place.ts';

export type ListedSegment = {
  sha256: string;
  offset: number;
  length: number;
  batches: number;
  calls: number;
  fromAt: number;
  toAt: number;
  runs: Run[];
};

/** What stands in a file beside the log whose root the log names, for a database that does not know it. */
export function listSegments(path: string): ListedSegment[] {
  let offset = 0;
  return (splitSegments(readWhole(path) ?? new Uint8Array()) ?? []).flatMap((bytes) => {
    offset += segmentPrefix;
    const place = { offset, length: bytes.length };
    offset += bytes.length;
    const segment = viewSegment(bytes);
    if (!segment?.batches.length) return [];
    const batches = segment.batches.map((view) => {
      const id = toHex(hashBatchBytes(bytes, view.at));
      return { batch: headerOf(segment, view), view, id, isSigned: false };
    });
    const times = batches.map(({ batch }) => batch.issuedAt);
    return {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ...place,
      batches: batches.length,
      calls: batches.reduce((sum, { batch }) => sum + batch.count, 0),
      fromAt: times.reduce((a, b) => Math.min(a, b)),
      toAt: times.reduce((a, b) => Math.max(a, b)),
      runs: groupRuns(keepSaid(bytes, batches)).runs.map(({ run }) => run),
    };
  });
}
