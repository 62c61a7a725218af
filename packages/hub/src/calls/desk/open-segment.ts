import {
  type Address,
  type FailedCalls,
  headerOf,
  type SegmentView,
  type SignedBatch,
  verifyFiledBatches,
  verifySegmentReport,
  viewSegment,
} from '@callable/protocol';
import { hashBytes } from '../../log/directory/hash-bytes.ts';
import { addressAt } from './address-at.ts';
import { groupRuns, type Run, type SoundBatch } from './group-runs.ts';

/** A segment that was looked through; its batches wait for the word which of them are kept. */
export type HeldSegment = {
  segment: SegmentView;
  runs: { run: Run; batches: SoundBatch[] }[];
  /** Whether every batch in the bytes is among the runs. */
  isWhole: boolean;
};

/** What is asked of the database about a segment. */
export type OpenedSegment = {
  failures: readonly FailedCalls[];
  runs: Run[];
  known: number;
  refused: Record<string, number>;
  forks: { first: SignedBatch; second: SignedBatch }[];
  releases: string[];
  callers: Address[];
};

/** When a batch may have been signed, and what time it is; milliseconds since 1970. */
export type Times = { oldest: number; now: number; newest: number };

/**
 * Reads a segment and checks every batch in it: one signature each, and one for each caller that signed. A batch that is
 * not right is left out, whole. Null when the bytes are no segment, or not as this gateway signed them.
 */
export function openSegment(
  bytes: Uint8Array,
  gateway: Address,
  times: Times,
): { opened: OpenedSegment; held: HeldSegment } | null {
  const segment = viewSegment(bytes);
  if (!segment) return null;
  // attack: tags and failures of another gateway's report, under one's own request. Older gateways sign only the request.
  const { report } = segment;
  if (report && (report.gateway !== gateway || !verifySegmentReport(segment, hashBytes))) return null;
  const verify = verifyFiledBatches(segment, hashBytes);
  const refused = new Map<string, number>();
  const refuse = (why: string, count = 1) => refused.set(why, (refused.get(why) ?? 0) + count);
  const sound: SoundBatch[] = [];
  for (const view of segment.batches) {
    const batch = headerOf(segment, view);
    // attack: a gateway reports the batches that another one was given.
    if (batch.gateway !== gateway) refuse('gateway');
    else if (batch.issuedAt <= times.oldest || batch.issuedAt >= times.newest) refuse('time');
    else {
      const verdict = verify(view);
      if (verdict.ok) sound.push({ batch, id: verdict.id, view });
      else refuse(verdict.why);
    }
  }
  const { runs, doubles, forks, broken } = groupRuns(sound);
  if (broken > 0) refuse('chain', broken);
  if (forks.length > 0) refuse('fork', forks.length);
  const kept = runs.reduce((sum, { run }) => sum + run.batches, 0);
  const { releases, callers } = namedIn(segment, sound);
  const { failures } = segment;
  const opened = {
    failures,
    runs: runs.map(({ run }) => run),
    known: doubles,
    refused: Object.fromEntries(refused),
    forks,
  };
  return {
    opened: { ...opened, releases, callers },
    held: { segment, runs, isWhole: kept === segment.batches.length },
  };
}

/** Releases that answered, and callers that signed. */
function namedIn({ bytes, words }: SegmentView, sound: readonly SoundBatch[]) {
  const runs = new Set<number>();
  const callers = new Set<Address>();
  for (const { view } of sound)
    for (const record of view.records) {
      if (record.kind === 'hash') continue;
      runs.add(record.run);
      if (record.signed) callers.add(addressAt(bytes, record.signed.caller));
    }
  const releases = new Set([...runs].flatMap((run) => words.runs[run]?.release ?? []));
  return { releases: [...releases], callers: [...callers] };
}
