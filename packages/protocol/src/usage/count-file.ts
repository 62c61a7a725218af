import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import { placesInBatch } from '../receipts/batches/hash-batch-bytes.ts';
import { splitSegments } from '../receipts/segments/batch-file.ts';
import type { SignedView } from '../receipts/segments/record-view.ts';
import { type BatchView, type SegmentView, viewSegment } from '../receipts/segments/view-segment.ts';
import { onBehalfOf } from '../requests/on-behalf-of.ts';
import { readTerms } from '../requests/read-terms.ts';
import { doesRely } from '../requests/relies.ts';
import type { RequestMemory } from './request-memory.ts';
import { dayOf, hourMs, hourOf, type UsageCaller, type UsageHour, type UsageWanted } from './usage-rows.ts';

export type CountedFile = { hours: UsageHour[]; callers: UsageCaller[]; wanted: UsageWanted[] };

/**
 * Counts a file `receipts/<index>` beside the log: what it says, and nothing of whose word is worth what. `filedAt` is when its
 * statement entered the log, whose time never goes back. Hub and auditor count by this function alone, each file once, in the order of the log. Null where the bytes are no such file.
 */
export function countFile(file: Uint8Array, filedAt: number, seen: RequestMemory): CountedFile | null {
  const segments = splitSegments(file);
  if (!segments) return null;
  const sums: Sums = {
    filedAt,
    hour: hourOf(filedAt),
    day: dayOf(filedAt),
    hours: new Map(),
    callers: new Map(),
    wanted: new Map(),
  };
  for (const bytes of segments) {
    const segment = viewSegment(bytes);
    if (!segment) return null;
    countSegment(segment, seen, sums);
  }
  return { hours: [...sums.hours.values()], callers: [...sums.callers.values()], wanted: [...sums.wanted.values()] };
}

/** A report is taken for a day; the rest is for clocks that differ. */
export const oldestMs = 26 * hourMs;
const newestMs = hourMs;

type Sums = {
  filedAt: number;
  hour: number;
  day: number;
  hours: Map<string, UsageHour>;
  callers: Map<string, UsageCaller>;
  wanted: Map<string, UsageWanted>;
};

function countSegment(segment: SegmentView, seen: RequestMemory, sums: Sums): void {
  const sayingOf = saidInTerms(segment);
  for (const { release, count } of segment.failures) hourRow(sums, release.slice('sha256:'.length), '').failed += count;
  countWanted(segment, sums);
  for (const batch of segment.batches) countBatch(segment, batch, sayingOf, seen, sums);
}

/** The word of the gateway alone: nobody else knows of a call that nothing answered. */
function countWanted({ wanted, report }: SegmentView, { day, wanted: rows }: Sums): void {
  if (!report) return;
  const { gateway } = report;
  for (const { release: digest, calls, networks } of wanted) {
    const release = digest.slice('sha256:'.length);
    const known = rows.get(release + gateway) ?? { day, release, gateway, calls: 0, networks: 0 };
    rows.set(release + gateway, { ...known, calls: known.calls + calls, networks: known.networks + networks });
  }
}

function countBatch(
  { bytes, data, words }: SegmentView,
  batch: BatchView,
  sayingOf: (place: number) => Said,
  seen: RequestMemory,
  sums: Sums,
): void {
  const node = addressAt(bytes, batch.at + placesInBatch.node);
  let hidden = 0;
  // Neighbours are mostly alike: a key of a hundred letters for each would cost more than the rest of the count.
  let run = -1;
  let row: UsageHour | null = null;
  for (const record of batch.records) {
    if (record.kind === 'hash') {
      hidden++;
      continue;
    }
    if (!row || record.run !== run) {
      run = record.run;
      row = hourRow(sums, words.runs[run]?.release ?? '', node);
    }
    const { signed } = record;
    if (record.outcome !== 0) row.cut++;
    else if (!signed) row.keyless++;
    else if (isOld(signed, sums) || seen.isRepeated(sums.day, data, signed.hashes + 32, signed.caller)) row.repeated++;
    else {
      row.signed++;
      const { relies, principal } = sayingOf(signed.terms);
      const caller = callerRow(sums, { bytes, words }, { batch, node, release: row.release, principal }, signed);
      caller.calls++;
      if (relies) caller.relied++;
    }
  }
  if (hidden > 0) hourRow(sums, '', node).hidden += hidden;
}

/** attack: what is remembered is of one day, and a gateway reports a request of before once every day. */
export const isOld = ({ issuedAt }: Pick<SignedView, 'issuedAt'>, { filedAt }: Pick<Sums, 'filedAt'>) =>
  issuedAt < filedAt - oldestMs || issuedAt > filedAt + newestMs;

type Said = { relies: boolean; principal: Address | '' };
const saidNothing: Said = { relies: false, principal: '' };

/** What callers of a segment say beyond their calls, by the place of their terms: texts stand once, so each is read once. */
function saidInTerms({ words: { texts } }: SegmentView): (place: number) => Said {
  const known = new Map<number, Said>();
  return (place) => {
    if (place < 0) return saidNothing;
    const found = known.get(place);
    if (found) return found;
    const said = readSaid(texts, place);
    known.set(place, said);
    return said;
  };
}

/** What a caller said beyond its call, in the terms at this place. */
export function readSaid(texts: readonly string[], place: number): Said {
  if (place < 0) return saidNothing;
  const terms = readTerms(texts[place]);
  const principal = onBehalfOf(terms);
  return { relies: doesRely(terms), principal: principal === 'invalid' ? '' : (principal ?? '') };
}

function hourRow({ hour, hours }: Sums, release: string, node: Address | ''): UsageHour {
  const key = release + node;
  const known = hours.get(key);
  if (known) return known;
  const row = { hour, release, node, keyless: 0, signed: 0, repeated: 0, cut: 0, failed: 0, hidden: 0 };
  hours.set(key, row);
  return row;
}

function callerRow(
  { day, callers }: Sums,
  { bytes, words }: Pick<SegmentView, 'bytes' | 'words'>,
  { batch, node, release, principal }: { batch: BatchView; node: Address; release: string } & Pick<Said, 'principal'>,
  signed: SignedView,
): UsageCaller {
  const gateway = addressAt(bytes, batch.at + placesInBatch.gateway);
  const caller = addressAt(bytes, signed.caller);
  const tag = words.tags[signed.tag] ?? '';
  const key = `${release}${node}${caller}${gateway}${tag} ${principal}`;
  const known = callers.get(key);
  if (known) return known;
  const row = { day, release, node, caller, principal, gateway, tag, calls: 0, relied: 0 };
  callers.set(key, row);
  return row;
}

const addressAt = (bytes: Uint8Array, at: number) => `0x${toHex(bytes.subarray(at, at + 20))}` as Address;
