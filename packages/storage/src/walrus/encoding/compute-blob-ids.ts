import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { blobMismatch } from '../../storage-error.ts';
import { takeSlot } from './take-slot.ts';
import type { WalrusBlobId } from './walrus-blob-id.ts';

/**
 * A larger file is kept on Walrus as several blobs, each but the last of this size. It is part of what their IDs are:
 * changing it would give every file new ones.
 */
export const walrusPartBytes: number = 128 * 2 ** 20;

/** Both networks there are, mainnet and testnet, have so many; local testbeds have fewer. */
const networkShards = 1000;

export type WalrusPart = { blobId: WalrusBlobId; size: number };

/** The built file also when this one runs from its source: a worker has no loader for TypeScript. */
const entry = fileURLToPath(new URL('./encode.worker.js', import.meta.url)).replace(
  /([\\/])src([\\/]walrus[\\/]encoding[\\/])/,
  '$1dist$2',
);

/**
 * The genuine Walrus blob IDs of a stream of `size` bytes, one for each part of 128 MiB, in order; a stream of nothing
 * has one. Computed in a thread of low priority, as many at once as there are cores but one; others wait. Costs about
 * 3 s of CPU and up to 100 ms per MiB for each part, and memory of about three parts.
 *
 * Throws UploadMismatch when the stream has another size.
 */
export async function computeBlobIds(
  source: AsyncIterable<Uint8Array>,
  size: number,
  options: { signal?: AbortSignal; shards?: number; partBytes?: number } = {},
): Promise<WalrusPart[]> {
  const { signal, shards = networkShards, partBytes = walrusPartBytes } = options;
  using _slot = await takeSlot(signal);
  const worker = new Worker(entry, { workerData: { shards } });
  const failed = failureOf(worker, signal);
  const parts: WalrusPart[] = [];
  const encode = async (bytes: ArrayBuffer) => {
    const length = bytes.byteLength;
    const answered = once(worker, 'message');
    worker.postMessage(bytes, [bytes]);
    const [{ blobId }] = (await Promise.race([answered, failed.promise])) as [{ blobId: WalrusBlobId }];
    parts.push({ blobId, size: length });
  };
  try {
    await inParts(source, size, { partBytes, ...(signal ? { signal } : {}) }, encode);
    return parts;
  } finally {
    failed.forget();
    // Its memory never shrinks: ended with the work, never kept.
    await worker.terminate();
  }
}

/** Fills one buffer after another; each is handed on whole and not touched again. */
async function inParts(
  source: AsyncIterable<Uint8Array>,
  size: number,
  { partBytes, signal }: { partBytes: number; signal?: AbortSignal },
  take: (bytes: ArrayBuffer) => Promise<void>,
): Promise<void> {
  let left = size;
  let buffer = new Uint8Array(Math.min(partBytes, left));
  let filled = 0;
  for await (const piece of source) {
    signal?.throwIfAborted();
    for (let at = 0; at < piece.length; ) {
      if (filled === buffer.length) throw blobMismatch(`More than the ${size} bytes announced were read.`);
      const part = piece.subarray(at, at + buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < buffer.length || left === filled) continue;
      left -= filled;
      await take(buffer.buffer);
      buffer = new Uint8Array(Math.min(partBytes, left));
      filled = 0;
    }
  }
  if (filled !== left) throw blobMismatch(`${size - left + filled} bytes were read, ${size} were announced.`);
  await take(buffer.buffer);
}

/** Rejects when the thread dies or nobody waits any more. */
function failureOf(worker: Worker, signal: AbortSignal | undefined) {
  let fail: (error: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  promise.catch(() => undefined);
  const stop = () => fail(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  worker.once('error', (cause) => fail(new Error('The Walrus encoder failed.', { cause })));
  worker.once('exit', () => fail(new Error('The thread of the Walrus encoder ended.')));
  return { promise, forget: () => signal?.removeEventListener('abort', stop) };
}
