import type { ArrivedBatch, BatchOfCalls, CallRecord, MerkleHash } from '@callable/protocol';

/** A batch is waited for so long, milliseconds: an answer that crosses a link for longer after it was signed is no usage. */
const patienceMs = 30_000;
/** Beyond them the oldest are closed as they are. */
const mostOpen = 20_000;

/** Batches of which some answers are still on their way, or not judged. */
export type OpenBatches = {
  take(batch: ArrivedBatch): void;
  /** One of its receipts is usage, or none: null. What is no longer open is left as it was. */
  settle(batch: ArrivedBatch, seq: number, call: Extract<CallRecord, { kind: 'call' }> | null): void;
  /** Closes what needs no waiting any more, with `all` the others too. */
  sweep(all?: boolean): void;
  readonly size: number;
};

/** `records` has nothing where an answer is not settled. */
type Open = { arrived: ArrivedBatch; records: (CallRecord | undefined)[]; left: number; at: number };

/**
 * `onClosed` hears of each batch once all of its receipts are usage, none, or dropped with their calls. Those of one session
 * are closed in the order in which they came: a chain is reported link after link.
 */
export function createOpenBatches(clock: () => number, onClosed: (batch: BatchOfCalls) => void): OpenBatches {
  const open = new Map<ArrivedBatch, Open>();
  const sessions = new Map<string, Open[]>();

  function isDue({ arrived: { batch, dropped }, records, left, at }: Open): boolean {
    if (left === 0 || clock() - at >= patienceMs) return true;
    return left <= dropped.size && records.every((record, index) => record || dropped.has(batch.first + index));
  }

  function close(session: string, all: boolean): void {
    const queue = sessions.get(session) ?? [];
    let closed = 0;
    for (const batch of queue) {
      if (!all && !isDue(batch)) break;
      closed++;
      open.delete(batch.arrived);
      onClosed({ batch: batch.arrived.batch, records: recordsOf(batch) });
    }
    if (closed === queue.length) sessions.delete(session);
    else if (closed > 0) queue.splice(0, closed);
  }

  return {
    get size() {
      return open.size;
    },
    take(arrived) {
      const { session, count } = arrived.batch;
      const batch: Open = { arrived, records: Array.from({ length: count }), left: count, at: clock() };
      open.set(arrived, batch);
      const queue = sessions.get(session);
      if (queue) queue.push(batch);
      else sessions.set(session, [batch]);
      if (open.size <= mostOpen) return;
      const [oldest] = open.keys();
      if (oldest) close(oldest.batch.session, true);
    },
    settle(arrived, seq, call) {
      const batch = open.get(arrived);
      if (!batch) return;
      const index = seq - arrived.batch.first;
      if (batch.records[index]) return;
      batch.left--;
      batch.records[index] = call ?? bare(arrived, index);
      if (isDue(batch)) close(arrived.batch.session, false);
    },
    sweep(all = false) {
      for (const session of [...sessions.keys()]) close(session, all);
    },
  };
}

const recordsOf = ({ arrived, records }: Open) => records.map((record, index) => record ?? bare(arrived, index));

const bare = ({ leaves }: ArrivedBatch, index: number): CallRecord => ({
  kind: 'hash',
  leaf: leaves[index] as MerkleHash,
});
