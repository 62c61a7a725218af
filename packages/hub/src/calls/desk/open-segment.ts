import {
  type Address,
  type FailedCalls,
  headerOf,
  isBatchFork,
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
  /** Those that prove one, of each node the first. */
  forks: { first: SignedBatch; second: SignedBatch }[];
  releases: string[];
  callers: Address[];
};

/** When a batch may have been signed, and what time it is; milliseconds since 1970. */
export type Times = { oldest: number; now: number; newest: number };

/**
 * Reads a segment and checks every batch in it: the signature of the last of each chain, of which it covers the others, and
 * one for each caller that signed. A batch that is not right is left out, whole. Null when the bytes are no segment, or not
 * as this gateway signed them.
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
  const headers = segment.batches.map((view) => headerOf(segment, view));
  const refused = new Map<string, number>();
  const refuse = (why: string, count = 1) => refused.set(why, (refused.get(why) ?? 0) + count);
  const isWanted = (_: unknown, index: number) => {
    const { gateway: by, issuedAt } = headers[index] as SignedBatch;
    // attack: a gateway reports the batches that another one was given.
    if (by !== gateway) refuse('gateway');
    else if (issuedAt <= times.oldest || issuedAt >= times.newest) refuse('time');
    else return true;
    return false;
  };
  const verdicts = verifyFiledBatches(segment, { hash: hashBytes, isWanted });
  const sound: SoundBatch[] = [];
  for (const [index, view] of segment.batches.entries()) {
    const verdict = verdicts[index];
    const batch = headers[index] as SignedBatch;
    if (verdict?.ok) sound.push({ batch, view, id: verdict.id, isSigned: verdict.said === 'itself' });
    else if (verdict) refuse(verdict.why);
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
    forks: provenForks(forks),
  };
  return {
    opened: { ...opened, releases, callers },
    held: { segment, runs, isWhole: kept === segment.batches.length },
  };
}

/** attack: a header that a later one covers and nobody signed proves no fork: what convicts is signed twice. */
function provenForks(forks: OpenedSegment['forks']): OpenedSegment['forks'] {
  const proven = new Map<Address, OpenedSegment['forks'][number]>();
  for (const fork of forks) {
    const { node } = fork.first;
    if (!proven.has(node) && isBatchFork(fork, node)) proven.set(node, fork);
  }
  return [...proven.values()];
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
