import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { CallableError } from '@callable/protocol';
import { CallsThread } from './calls-thread.ts';

/** A signature is checked in 50 to 75 µs: one thread takes in some 13,000 batches or signed calls a second. */
const mostThreads = 4;
/** A proof reads a file of 64 MiB at most. */
const mostQuestions = 32;

/** The threads that read the bytes of calls: none of it is done where requests are answered. */
export class CallsThreads implements AsyncDisposable {
  /** For what the hub itself asks about calls that are filed. */
  readonly reading = new CallsThread();
  /** For what counts files as usage: it knows which requests were counted today. */
  readonly counting = new CallsThread();
  /** attack: strangers who ask for receipts without end would keep calls out of the log, and none would be drawn for an audit. */
  readonly #questions = new CallsThread();
  readonly #intake = Array.from(
    { length: Math.min(mostThreads, Math.max(1, availableParallelism() - 1)) },
    () => new CallsThread(),
  );
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** A report by a gateway of this hub is being taken. attack: of one that is not signed yet nobody knows whose it is. */
  noteReport(): void {
    this.#reportedAt = performance.now();
  }

  /** Whether none has been for so long. */
  isQuiet(ms: number): boolean {
    return performance.now() - this.#reportedAt >= ms;
  }

  /** One of those that take segments in, that with the least to do. */
  intake(): CallsThread {
    return this.#intake.reduce((least, one) => (one.load < least.load ? one : least));
  }

  /** For what anybody asks. Throws NotReady where too many do. */
  questions(): CallsThread {
    if (this.#questions.load < mostQuestions) return this.#questions;
    throw new CallableError('NotReady', 'Too many receipts are asked for at once.', {
      details: { retryAfterSeconds: 1 },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.reading, this.counting, this.#questions, ...this.#intake].map((thread) => thread[Symbol.asyncDispose]()),
    );
  }
}
