import { createHash } from 'node:crypto';
import {
  countFile,
  dayOf,
  findCalls,
  headerOf,
  leafOfBatch,
  type MerkleHash,
  RequestMemory,
  splitSegments,
  verifyFiledBatches,
  verifySegmentReport,
  viewSegment,
} from '@callable/protocol';
import { whyText } from '../verify/calls/judge-calls.ts';
import { rootOf } from '../verify/judge-inclusion.ts';
import type { LogSource } from '../verify/open-log-source.ts';
import type { LogReading } from '../verify/read-log.ts';
import type { Said } from './collect-said.ts';
import type { FirstDays } from './first-days.ts';
import type { Spill, SpilledRow } from './spill-rows.ts';

export type CountFilesOptions = {
  /** Files beside the first so many entries. */
  counted: number;
  filedAt: ReadonlyMap<number, number>;
  /** Whether rows of that day are of use, and this one. First days are of all. */
  isWanted(day: number, row: SpilledRow): boolean;
  /** Whether the signatures of the next segment are looked at. Nobody may know beforehand. */
  draw(): boolean;
  onFile?: (done: number, all: number) => void;
  signal: AbortSignal;
};

export type CountedFiles = {
  files: number;
  receipts: number;
  segments: { all: number; drawn: number };
  /** By day: entries whose file is not in the copy. */
  missing: Map<number, number[]>;
  /** The first few in words, and how many. */
  faults: { texts: string[]; count: number };
};

const mostNamed = 10;

/** Counts each file of a log once, in its order, one in memory at a time. What does not lead to its entry is counted as the hub counts it, and named. */
export async function countFiles(
  { batches }: Pick<LogReading, 'batches'>,
  { read }: Pick<LogSource, 'read'>,
  { spill, firstDays, said }: { spill: Spill; firstDays: FirstDays; said: Said },
  options: CountFilesOptions,
): Promise<CountedFiles> {
  const result: CountedFiles = {
    ...{ files: 0, receipts: 0, segments: { all: 0, drawn: 0 }, missing: new Map() },
    faults: { texts: [], count: 0 },
  };
  const memory = new RequestMemory();
  const wanted = [...batches].filter(([entry, { calls }]) => calls !== undefined && entry < options.counted);
  for (const [done, [entry, batch]] of wanted.entries()) {
    options.signal.throwIfAborted();
    options.onFile?.(done, wanted.length);
    const filedAt = options.filedAt.get(entry) as number;
    const day = dayOf(filedAt);
    const file = await read(`receipts/${entry}`);
    if (!file) {
      result.missing.set(day, [...(result.missing.get(day) ?? []), entry]);
      continue;
    }
    const fault = await judgeFile(file, batch, options.draw, result);
    if (fault !== null) {
      result.faults.count++;
      if (result.faults.texts.length < mostNamed) result.faults.texts.push(`entry ${entry}: ${fault}`);
    }
    findSaid(file, said, { seq: entry, filedAt });
    const rows = countFile(file, filedAt, memory);
    if (!rows) continue;
    result.files++;
    for (const hour of rows.hours) if (options.isWanted(day, { hour })) spill.add(day, { hour });
    for (const caller of rows.callers) {
      firstDays.see(caller.caller, day);
      if (options.isWanted(day, { caller })) spill.add(day, { caller });
    }
  }
  return result;
}

function findSaid(file: Uint8Array, said: Said, place: { seq: number; filedAt: number }): void {
  const names = said.wanted();
  if (names.length === 0) return;
  for (const segment of splitSegments(file) ?? [])
    for (const [index, call] of findCalls(segment, names).entries()) {
      const name = names[index];
      if (call && name && said.isWanted(name)) said.found(name, call, place);
    }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** Every header leads to its entry, every report is its gateway's; of the segments that are drawn receipts and signatures hold. */
async function judgeFile(
  file: Uint8Array,
  { root, count, calls }: { root: string; count: number; calls?: number },
  draw: () => boolean,
  result: CountedFiles,
): Promise<string | null> {
  const leaves: MerkleHash[] = [];
  let found = 0;
  let fault: string | null = null;
  const segments = splitSegments(file);
  if (!segments) return 'its file ends within a segment';
  for (const bytes of segments) {
    const segment = viewSegment(bytes);
    if (!segment) return 'its file holds bytes that are no segment';
    for (const view of segment.batches) {
      leaves.push(leafOfBatch(headerOf(segment, view)));
      found += view.count;
    }
    // Tags make voices, and failures are nobody else's word: one signature a segment, so each is looked at.
    if (segment.report && !verifySegmentReport(segment, hash))
      fault ??= 'a report was not signed by its gateway: its tags or its counts of failures are altered';
    result.segments.all++;
    if (!draw()) continue;
    result.segments.drawn++;
    for (const verdict of verifyFiledBatches(segment, { hash }))
      if (verdict?.ok === false) fault ??= `a batch ${whyText[verdict.why]}`;
  }
  result.receipts += found;
  if (leaves.length !== count || (leaves.length > 0 && (await rootOf(leaves)) !== root))
    return 'its headers do not have the root that the log says';
  return found === calls ? fault : `it says ${calls} calls, and its headers say ${found}`;
}
