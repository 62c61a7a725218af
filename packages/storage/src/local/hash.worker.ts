import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** The thread of a FollowingHash: it reads what it is told is there, and hashes it. */

const { descriptor } = workerData as { descriptor: number };
const hash = createHash('sha256');
const buffer = Buffer.allocUnsafeSlow(1 << 20);
let at = 0;

parentPort?.on('message', ({ to, last }: { to: number; last: boolean }) => {
  while (at < to) {
    const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
    // Shorter than it was told: the hash will not be that of the name, whatever it is.
    if (read === 0) break;
    hash.update(buffer.subarray(0, read));
    at += read;
  }
  if (last) parentPort?.postMessage({ sha256: hash.digest('hex'), size: at });
});
