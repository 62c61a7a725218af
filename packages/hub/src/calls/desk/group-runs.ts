import type { Address, BatchView, SignedBatch } from '@callable/protocol';

/**
 * A batch whose root and callers were found right, and that its node has said; `id` is the hash of its header. `isSigned`: its
 * own signature was looked at and holds. Of the others a later header was, which names them.
 */
export type SoundBatch = { batch: SignedBatch; id: string; view: BatchView; isSigned: boolean };

/** Batches of one session that follow each other without a gap. */
export type Run = {
  node: Address;
  session: string;
  gateway: Address;
  first: number;
  last: number;
  /** Hash of the header before it, as its first batch says, and of its last. */
  previous: string;
  head: string;
  batches: number;
};

export type GroupedRuns = {
  runs: { run: Run; batches: SoundBatch[] }[];
  /** Batches that are here twice. */
  doubles: number;
  /** Two headers of one session that overlap. */
  forks: { first: SignedBatch; second: SignedBatch }[];
  /** Batches of sessions in too many pieces. */
  broken: number;
};

/** Each run is a row: a node that breaks its chain at every batch would else buy one with every call. */
const mostRuns = 64;

/** Sorts the batches of a segment into runs. Of two that overlap the first stays. */
export function groupRuns(batches: readonly SoundBatch[]): GroupedRuns {
  const sessions = new Map<string, SoundBatch[]>();
  for (const batch of batches) {
    const key = `${batch.batch.session}${batch.batch.node}`;
    const known = sessions.get(key);
    if (known) known.push(batch);
    else sessions.set(key, [batch]);
  }
  const grouped: GroupedRuns = { runs: [], doubles: 0, forks: [], broken: 0 };
  for (const one of sessions.values()) groupSession(one, grouped);
  return grouped;
}

function groupSession(batches: SoundBatch[], grouped: GroupedRuns): void {
  batches.sort((a, b) => a.batch.first - b.batch.first);
  const begun = grouped.runs.length;
  let before: SoundBatch | null = null;
  for (const one of batches) {
    const { batch, id } = one;
    const next = before ? before.batch.first + before.batch.count : 0;
    if (before && batch.first < next) {
      if (before.id === id) grouped.doubles++;
      else grouped.forks.push({ first: before.batch, second: batch });
      continue;
    }
    const isNext = before !== null && batch.first === next && batch.previous === before.id;
    const run = isNext ? grouped.runs.at(-1) : undefined;
    if (!run && grouped.runs.length - begun === mostRuns) {
      grouped.broken++;
      continue;
    }
    before = one;
    const last = batch.first + batch.count - 1;
    if (run) {
      run.batches.push(one);
      Object.assign(run.run, { last, head: id, batches: run.run.batches + 1 });
    } else {
      const { node, session, gateway, first, previous } = batch;
      const begins = { node, session, gateway, first, last, previous, head: id, batches: 1 };
      grouped.runs.push({ run: begins, batches: [one] });
    }
  }
}
