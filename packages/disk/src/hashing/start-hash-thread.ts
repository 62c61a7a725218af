import type { FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** The sha256 of a file, computed beside the thread that answers calls. */
export type HashThread = AsyncDisposable & {
  /** The bytes before `to` are in the file and stay as they are. */
  advance(to: number): void;
  /**
   * What the first `size` bytes are, once they are all there; a smaller size when the file ends before. Rejects when
   * they cannot be read, or the signal aborts.
   */
  finish(size: number, signal?: AbortSignal): Promise<{ sha256: string; size: number }>;
};

/** The built file also when this one runs from its source: a worker has no loader for TypeScript. */
const entry = fileURLToPath(new URL('./hash.worker.js', import.meta.url)).replace(
  /([\\/])src([\\/]hashing[\\/])/,
  '$1dist$2',
);

/** Hashes through this handle, which stays the caller's; it is closed after the thread is disposed, never before. */
export function startHashThread(handle: FileHandle): HashThread {
  const worker = new Worker(entry, { workerData: { descriptor: handle.fd } });
  const result = new Promise<{ sha256: string; size: number }>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', (cause) => reject(new Error('A file could not be hashed.', { cause })));
    worker.once('exit', () => reject(new Error('The thread that hashed a file ended.')));
  });
  // Nobody may ever ask for it.
  result.catch(() => undefined);
  // A thread that was forgotten holds no process open. After its listeners: `message` alone would keep it.
  worker.unref();
  return {
    advance: (to) => worker.postMessage({ to, isLast: false }),
    async finish(size, signal) {
      signal?.throwIfAborted();
      worker.ref();
      const stop = () => void worker.terminate();
      signal?.addEventListener('abort', stop, { once: true });
      worker.postMessage({ to: size, isLast: true });
      try {
        return await result;
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', stop);
        worker.unref();
      }
    },
    async [Symbol.asyncDispose]() {
      // Before the handle is closed: its number is soon that of another file.
      await worker.terminate();
    },
  };
}
