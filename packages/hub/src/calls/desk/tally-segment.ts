import { type Address, type Digest, encodeSegment, type Receipt3, zeroCaller } from '@callable/protocol';
import type { CallKind } from '../../db/calls-tables.ts';
import { groupRuns, type Run, type SoundBatch } from './group-runs.ts';
import type { HeldSegment, Times } from './open-segment.ts';

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
  const kept = held.runs.flatMap(({ batches }, index) => {
    const drop = dropped.get(index);
    if (drop === undefined) return batches;
    return drop === true ? [] : batches.filter(({ batch }) => !drop.includes(batch.first));
  });
  const isWhole = held.isWhole && dropped.size === 0;
  const tallies = new Map<string, Tally>();
  const callers = new Map<string, TalliedSegment['callers'][number]>();
  const known = {
    strangers: new Set(judgement.strangers),
    publishers: new Map(judgement.publishers),
    operators: new Map(judgement.operators),
    probes: new Set(judgement.probes),
    ...judgement.times,
  };
  for (const one of kept) if (!known.strangers.has(one.batch.node)) tallyBatch(one, known, tallies, callers);
  const times = kept.map(({ batch }) => batch.issuedAt);
  return {
    bytes: isWhole || kept.length === 0 ? null : encodeSegment({ failures: held.failures, batches: kept }),
    runs: groupRuns(kept).runs.map(({ run }) => run),
    batches: kept.length,
    calls: kept.reduce((sum, { batch }) => sum + batch.count, 0),
    fromAt: times.reduce((a, b) => Math.min(a, b), times[0] ?? 0),
    toAt: times.reduce((a, b) => Math.max(a, b), 0),
    tallies: [...tallies.values()],
    callers: [...callers.values()],
  };
}

type Known = Times & {
  publishers: ReadonlyMap<string, Address>;
  operators: ReadonlyMap<Address, Address>;
  probes: ReadonlySet<Address>;
};

function tallyBatch(
  { batch: { node }, records }: SoundBatch,
  known: Known,
  tallies: Map<string, Tally>,
  callers: Map<string, TalliedSegment['callers'][number]>,
): void {
  for (const record of records) {
    if (record.kind === 'hash') continue;
    const { receipt } = record;
    const kind = kindOf(receipt, node, known);
    if (kind === null) continue;
    const at = Math.min(receipt.finishedAt, known.now);
    const key = `${receipt.release}${node}${kind}`;
    const tally = tallies.get(key);
    const release = `sha256:${receipt.release}` as Digest;
    if (tally) Object.assign(tally, { count: tally.count + 1, lastAt: Math.max(tally.lastAt, at) });
    else tallies.set(key, { release, node, kind, count: 1, lastAt: at });
    const { caller } = receipt;
    if (kind === 'signed') callers.set(`${receipt.release}${caller}`, { release, caller, node });
  }
}

/** Null for what is no usage: an answer that was cut, of no time or an unknown release, or to a probe. */
function kindOf({ end, release, caller, finishedAt }: Receipt3, node: Address, known: Known): CallKind | null {
  const publisher = known.publishers.get(release);
  if (end !== 0 || publisher === undefined || known.probes.has(caller)) return null;
  if (finishedAt <= known.oldest || finishedAt >= known.newest) return null;
  if (caller === zeroCaller) return 'keyless';
  return caller === publisher || caller === node || caller === known.operators.get(node) ? 'own' : 'signed';
}
