import { availableParallelism } from 'node:os';
import { CallsThread } from './calls-thread.ts';

/** A signature is checked in 50 to 75 µs: one thread takes in some 13,000 batches or signed calls a second. */
const mostThreads = 4;

/** The threads that read the bytes of calls: none of it is done where requests are answered. */
export class CallsThreads implements AsyncDisposable {
  /** For what is asked about calls that are filed, so that no stranger's question delays the intake. */
  readonly reading = new CallsThread();
  readonly #intake = Array.from(
    { length: Math.min(mostThreads, Math.max(1, availableParallelism() - 1)) },
    () => new CallsThread(),
  );

  /** One of those that take segments in, that with the least to do. */
  intake(): CallsThread {
    return this.#intake.reduce((least, one) => (one.load < least.load ? one : least));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.reading, ...this.#intake].map((thread) => thread[Symbol.asyncDispose]()));
  }
}
