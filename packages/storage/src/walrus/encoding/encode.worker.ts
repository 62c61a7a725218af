import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { BlobEncoder } from '@mysten/walrus-wasm';

/** The thread that computes: the reference encoder is synchronous and takes seconds. */

// On Linux this is of the calling thread alone; elsewhere the process that answers requests would be slowed too.
if (process.platform === 'linux') setPriority(10);

const { shards } = workerData as { shards: number };
parentPort?.on('message', (bytes: ArrayBuffer) => {
  const encoder = new BlobEncoder(shards);
  try {
    const [blobId] = encoder.compute_metadata(new Uint8Array(bytes)) as [number[]];
    parentPort?.postMessage({ blobId: Buffer.from(blobId).toString('base64url') });
  } finally {
    encoder.free();
  }
});
