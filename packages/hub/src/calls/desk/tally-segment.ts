import { type Address, type CallView, type Digest, keepBatches, type SegmentView } from '@callable/protocol';
import type { CallKind } from '../../db/calls-tables.ts';
import { hashBytes } from '../../log/directory/hash-bytes.ts';
import { addressAt } from './address-at.ts';
import { groupRuns, type Run, type SoundBatch } from './group-runs.ts';
import { keepSaid } from './keep-said.ts';
import type { HeldSegment, Times } from './open-segment.ts';
import { principalsOf } from './principals-of.ts';

/** What the database says of a segment. Hex of digests, without `sha256:`. */
export type Judgement = {
  /** By the place of a run: nothing of it is kept, or not the batches that begin with these numbers. */
  dropped: readonly [number, true | readonly number[]][];
  /** Nodes that have not joined: their calls are kept, and are no usage. */
  strangers: readonly Address[];
  /** Releases that are known here, and who published them. */
  publishers: readonly [string, Address][];
  operators: readonly [Address, Address][];
  /** Keys of the hub's own probes. */
  probes: readonly Address[];
  times: Times;
};

export type Tally = { release: Digest; node: Address; kind: CallKind; count: number; lastAt: number };

export type TalliedSegment = {
  /** What is filed, where it is not what came; null where it is. */
  bytes: Uint8Array | null;
  runs: Run[];
  batches: number;
  /** It holds a word of its gateway, signed: what failed, and what was asked for and nothing could answer. */
  hasWord: boolean;
  /** Batches that are not filed after all, as what covered them is not either and nobody signed them. */
  unsaid: number;
  calls: number;
  fromAt: number;
  toAt: number;
  tallies: Tally[];
  /** Keys that called, each once for a release. */
  callers: { release: Digest; caller: Address; node: Address }[];
};

/** Counts what is kept of a segment. A call that cannot be usage is in the file all the same: its batch is signed whole. */
export function tallySegment(held: HeldSegment, judgement: Judgement): TalliedSegment {
  const dropped = new Map(judgement.dropped);
  const judged = held.runs.flatMap(({ batches }, index) => {
    const drop = dropped.get(index);
    if (drop === undefined) return batches;
    return drop === true ? [] : batches.filter(({ batch }) => !drop.includes(batch.first));
  });
  const isWhole = held.isWhole && dropped.size === 0;
  const kept = isWhole ? judged : keepSaid(held.segment.bytes, judged);
  const known = {
    publishers: new Map(judgement.publishers),
    operators: new Map(judgement.operators),
    probes: new Set(judgement.probes),
    principalOf: principalsOf(held.segment.words.texts),
    ...judgement.times,
  };
  const strangers = new Set(judgement.strangers);
  const sums: Sums = { tallies: new Map(), callers: new Map() };
  for (const one of kept) if (!strangers.has(one.batch.node)) tallyBatch(held.segment, one, known, sums);
  const times = kept.map(({ batch }) => batch.issuedAt);
  return {
    bytes: isWhole ? null : keepBatches(held.segment, new Set(kept.map(({ view }) => view.at)), hashBytes),
    runs: groupRuns(kept).runs.map(({ run }) => run),
    batches: kept.length,
    hasWord: held.segment.report !== null && held.segment.failures.length + held.segment.wanted.length > 0,
    unsaid: judged.length - kept.length,
    calls: kept.reduce((sum, { batch }) => sum + batch.count, 0),
    fromAt: times.reduce((a, b) => Math.min(a, b), times[0] ?? 0),
    toAt: times.reduce((a, b) => Math.max(a, b), 0),
    tallies: [...sums.tallies.values()],
    callers: [...sums.callers.values()],
  };
}

type Known = Times & {
  publishers: ReadonlyMap<string, Address>;
  operators: ReadonlyMap<Address, Address>;
  probes: ReadonlySet<Address>;
  principalOf: (terms: number) => Address | null;
};

type Sums = { tallies: Map<string, Tally>; callers: Map<string, TalliedSegment['callers'][number]> };

type Counted = { run: number; tally: Tally };

function tallyBatch(
  { bytes, words }: SegmentView,
  { batch: { node }, view }: SoundBatch,
  known: Known,
  { tallies, callers }: Sums,
): void {
  // Neighbours are mostly alike: a key of a hundred letters for each would cost more than the rest of the count.
  let last: Counted | null = null;
  for (const record of view.records) {
    if (record.kind === 'hash') continue;
    const release = words.runs[record.run]?.release ?? '';
    const caller = record.signed && addressAt(bytes, record.signed.caller);
    const kind = kindOf(record, known, { release, node, caller });
    if (kind === null) continue;
    const isAlike: boolean = last !== null && last.run === record.run && last.tally.kind === kind;
    if (!isAlike) last = { run: record.run, tally: tallyOf(tallies, release, node, kind) };
    const { tally } = last as Counted;
    tally.count += 1;
    tally.lastAt = Math.max(tally.lastAt, Math.min(record.finishedAt, known.now));
    if (kind === 'signed' && caller) callers.set(`${release}${caller}`, { release: tally.release, caller, node });
  }
}

function tallyOf(tallies: Map<string, Tally>, release: string, node: Address, kind: CallKind): Tally {
  const key = `${release}${node}${kind}`;
  const tally = tallies.get(key) ?? { release: `sha256:${release}` as Digest, node, kind, count: 0, lastAt: 0 };
  tallies.set(key, tally);
  return tally;
}

/** Null for what is no usage: an answer that was cut, of no time or an unknown release, or to a probe. */
function kindOf(
  { outcome, finishedAt, signed }: CallView,
  known: Known,
  { release, node, caller }: { release: string; node: Address; caller: Address | null },
): CallKind | null {
  const publisher = known.publishers.get(release);
  if (outcome !== 0 || publisher === undefined) return null;
  if (finishedAt <= known.oldest || finishedAt >= known.newest) return null;
  if (caller === null) return 'keyless';
  if (known.probes.has(caller)) return null;
  // attack: a publisher whose delegate calls in its name is no stranger. That the delegate may is not asked: it says so itself.
  const principal = signed ? known.principalOf(signed.terms) : null;
  const isOwn = (key: Address | null) =>
    key !== null && (key === publisher || key === node || key === known.operators.get(node));
  return isOwn(caller) || isOwn(principal) ? 'own' : 'signed';
}
