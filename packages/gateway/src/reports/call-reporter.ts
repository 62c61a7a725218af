import { hash } from 'node:crypto';
import {
  type ArrivedBatch,
  type Digest,
  type FailedCalls,
  type GoodLinkAnswer,
  type PrivateKey,
  SegmentWriter,
  type SignedCall,
} from '@callable/protocol';
import type { Logger } from 'pino';
import { createOpenBatches } from './open-batches.ts';
import { createSegmentQueue } from './segment-queue.ts';
import { sizeOfBatch } from './size-of-batch.ts';
import { createWantedReleases } from './wanted-calls.ts';

/** A segment is cut once a second, or when it has so many bytes. */
const segmentMs = 1_000;
const segmentBytes = 4 * 1024 * 1024;
const closingMs = 2_000;
/** Releases whose failures wait to be told; a gateway that is asked for more has other troubles. */
const mostFailing = 10_000;

type Answered = Pick<GoodLinkAnswer, 'receipt' | 'batch'>;

/** Tells the hub of calls: whole batches of receipts, in segments, behind the callers' backs. No answer waits for it. */
export type CallReporter = {
  /** A batch came over a link, before the answers in it. */
  take(batch: ArrivedBatch): void;
  /** This answer was passed on to whoever asked; `request` is what the caller signed, `tag` that of its network. */
  used(answer: Answered, request: SignedCall | null, tag?: string): void;
  /** This one was not: a probe, a copy, one that lost or lied. It is no usage, and goes on as a bare hash. */
  unused(answer: Answered): void;
  /** A call failed, and the release is to blame. */
  failed(release: Digest): void;
  /** A call of this network found nothing that could answer it. */
  wanted(release: Digest, network: string): void;
  /** Sends what is settled, as far as the hub takes it within two seconds. */
  flush(): Promise<void>;
  /** Sends everything within that time, and stops for good. */
  close(): Promise<void>;
};

const newSegment = () => new SegmentWriter(2, (bytes) => hash('sha256', bytes, 'buffer'));

/** `send` resolves once the hub has filed a segment, and rejects with what it refuses it for. */
export function createCallReporter(options: {
  send: (segment: Uint8Array, signal: AbortSignal) => Promise<unknown>;
  clock: () => number;
  log: Pick<Logger, 'warn'>;
  key: PrivateKey;
}): CallReporter {
  const { clock, key } = options;
  // Written as they close: a second of calls at once kept those of the next for 10 ms, and what is kept grows old.
  let segment = newSegment();
  let bytes = 0;
  let failures = new Map<Digest, FailedCalls>();
  const wanted = createWantedReleases(clock);
  let timer: NodeJS.Timeout | null = null;
  let isClosing = false;
  const queue = createSegmentQueue({ ...options, onSent: () => schedule() });
  const open = createOpenBatches(clock, (batch) => {
    segment.add(batch);
    bytes += sizeOfBatch(batch);
    if (bytes >= segmentBytes) cut();
    else schedule();
  });

  const isNothingNew = () => segment.isEmpty && failures.size === 0;

  function schedule(): void {
    if (timer || isClosing || (isNothingNew() && open.size === 0)) return;
    timer = setTimeout(() => {
      timer = null;
      open.sweep();
      // Behind a hub that is away they grow together: thousands of small ones would reach it when it is back.
      if (queue.isEmpty) cut();
      schedule();
    }, segmentMs);
    timer.unref();
  }

  function cut(): void {
    if (isNothingNew()) return;
    const { calls } = segment;
    const whole = segment.finish(
      { failures: [...failures.values()], wanted: segment.isEmpty ? [] : wanted.take() },
      { key, issuedAt: clock() },
    );
    [segment, bytes, failures] = [newSegment(), 0, new Map()];
    queue.push(whole, calls);
  }

  async function within(ms: number, sent: Promise<void>): Promise<void> {
    let giveUp: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      giveUp = setTimeout(resolve, ms);
    });
    await Promise.race([sent, over]);
    clearTimeout(giveUp);
  }

  return {
    take(batch) {
      open.take(batch);
      schedule();
    },
    used({ receipt, batch }, request, tag) {
      open.settle(batch, receipt.seq, { kind: 'call', receipt, request, tag });
    },
    unused({ receipt, batch }) {
      open.settle(batch, receipt.seq, null);
    },
    failed(release) {
      const known = failures.get(release);
      if (known) failures.set(release, { release, count: known.count + 1, lastAt: clock() });
      else if (failures.size < mostFailing) failures.set(release, { release, count: 1, lastAt: clock() });
      schedule();
    },
    wanted(release, network) {
      // It goes along with the next batches: a report without one is filed nowhere, and this is in no hurry.
      wanted.note(release, network);
    },
    async flush() {
      open.sweep();
      cut();
      await within(closingMs, queue.drain());
    },
    async close() {
      isClosing = true;
      if (timer) clearTimeout(timer);
      open.sweep(true);
      cut();
      // A supervisor tells the database to end too: the hub has it back within this time, and nobody would send them later.
      await within(closingMs, queue.empty());
      queue.stop();
    },
  };
}
