import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CallableError } from '@callable/protocol';
import type { Asked, Told } from './calls.worker.ts';
import type { CallsDesk } from './create-calls-desk.ts';

/** The built file, wherever this one is: in its source, built, or in a bundle. A worker has no loader for TypeScript. */
const entry = fileURLToPath(import.meta.url).replace(
  /^(.*[\\/])(?:src|dist)([\\/]).*$/,
  '$1dist$2calls$2desk$2calls.worker.js',
);

type Waiting = { resolve: (value: never) => void; reject: (error: unknown) => void };

/** The desk in a thread that starts with the first question. One that died is begun anew; what it held is forgotten. */
export class CallsThread implements AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #asked = 0;
  #isClosed = false;

  /** How many questions wait. */
  get load(): number {
    return this.#waiting.size;
  }

  ask<Name extends keyof CallsDesk>(
    name: Name,
    ...input: Parameters<CallsDesk[Name]>
  ): Promise<Awaited<ReturnType<CallsDesk[Name]>>> {
    if (this.#isClosed) return Promise.reject(new CallableError('NotReady'));
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // Only while somebody waits does it hold the process.
      worker.ref();
      const sent = input.map((value) => (value instanceof Uint8Array ? Uint8Array.from(value) : value));
      worker.postMessage({ id, name, input: sent } satisfies Asked, buffersOf(sent));
    });
  }

  #start(): Worker {
    const worker = new Worker(entry);
    worker.on('message', (told: Told) => {
      const waiting = this.#waiting.get(told.id);
      this.#waiting.delete(told.id);
      if (this.#waiting.size === 0) worker.unref();
      if ('error' in told) waiting?.reject(told.error);
      else waiting?.resolve(told.value as never);
    });
    worker.on('error', (cause) => this.#fail(worker, cause));
    worker.on('exit', () => this.#fail(worker, null));
    return worker;
  }

  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    // Ended with the hub, it is asked of the next one.
    const error = this.#isClosed
      ? new CallableError('NotReady')
      : new Error('The thread that reads calls ended.', { cause });
    for (const { reject } of waiting) reject(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
  }
}

/**
 * Bytes are copied and given away. attack: of a view the whole buffer behind it would be copied, which for a body of 5 MiB has 33,
 * in the thread that answers everybody.
 */
const buffersOf = (values: readonly unknown[]) =>
  values.flatMap((value) => (value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []));
