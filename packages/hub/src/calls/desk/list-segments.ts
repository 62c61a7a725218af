import { createHash } from 'node:crypto';
import { headerOf, segmentPrefix, splitSegments, verifyBatch, viewSegment } from '@callable/protocol';
import { groupRuns, type Run, type SoundBatch } from './group-runs.ts';
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
    const batches = segment?.batches.map((view) => ({ batch: headerOf(segment, view), view })) ?? [];
    if (batches.length === 0) return [];
    const sound = batches.flatMap((one): SoundBatch[] => {
      const id = verifyBatch(one.batch);
      return id ? [{ ...one, id }] : [];
    });
    const times = batches.map(({ batch }) => batch.issuedAt);
    return {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ...place,
      batches: batches.length,
      calls: batches.reduce((sum, { batch }) => sum + batch.count, 0),
      fromAt: times.reduce((a, b) => Math.min(a, b)),
      toAt: times.reduce((a, b) => Math.max(a, b)),
      runs: groupRuns(sound).runs.map(({ run }) => run),
    };
  });
}
