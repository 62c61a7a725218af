import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';

const piece = 4 * 2 ** 20;

/** Random finite float32 numbers: a NaN in weights would not equal itself. */
export async function writeWeights(path, bytes) {
  const file = await open(path, 'w');
  const buffer = Buffer.alloc(1 << 20);
  for (let at = 0; at < bytes; at += buffer.length) {
    randomFillSync(buffer);
    for (let i = 3; i < buffer.length; i += 4) buffer[i] &= 0x3f;
    await file.write(buffer, 0, Math.min(buffer.length, bytes - at));
  }
  await file.sync();
  await file.close();
}

/** Seconds to read a file and hash it once: what everything else here is compared with. */
export async function timeHash(path) {
  const start = performance.now();
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes);
  hash.digest();
  return (performance.now() - start) / 1000;
}

/** Seconds to write so many bytes from memory, synced every 4 MiB, as an upload has to. */
export async function timeSyncedWrite(path, bytes) {
  const buffer = Buffer.alloc(piece, 7);
  const file = await open(path, 'w');
  const start = performance.now();
  for (let at = 0; at < bytes; at += piece) {
    await file.write(buffer, 0, Math.min(piece, bytes - at), at);
    await file.datasync();
  }
  const seconds = (performance.now() - start) / 1000;
  await file.close();
  await rm(path);
  return seconds;
}
