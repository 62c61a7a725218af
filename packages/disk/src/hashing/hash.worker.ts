import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** The thread that hashes a file from its start, as far as it is told. Reading blocks here, and nobody waits. */

const pieceBytes = 1024 * 1024;
const { descriptor } = workerData as { descriptor: number };
const hash = createHash('sha256');
const buffer = Buffer.allocUnsafe(pieceBytes);
let at = 0;

parentPort?.on('message', ({ to, isLast }: { to: number; isLast: boolean }) => {
  while (at < to) {
    const bytesRead = readSync(descriptor, buffer, 0, Math.min(pieceBytes, to - at), at);
    // Shorter than it was told: the size says so.
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  if (isLast) parentPort?.postMessage({ sha256: hash.digest('hex'), size: at });
});
