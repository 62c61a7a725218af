import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { chunkBytes } from '@callable/protocol';
import { sendChunk } from '@callable/sdk';

/** A file as a manifest names it. */
export async function describeFile(path, source) {
  const whole = createHash('sha256');
  const chunks = [];
  const file = await open(source);
  const buffer = Buffer.alloc(chunkBytes);
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, size);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    whole.update(bytes);
    chunks.push(createHash('sha256').update(bytes).digest('hex'));
    size += bytesRead;
  }
  await file.close();
  return { path, size, sha256: whole.digest('hex'), chunks };
}

/** Sends the chunks an upload lacks, four at a time. */
export async function sendMissing(client, upload, source) {
  const file = await open(source);
  const queue = [...upload.missing];
  const lane = async () => {
    const buffer = Buffer.alloc(chunkBytes);
    for (let chunk = queue.shift(); chunk; chunk = queue.shift()) {
      const { bytesRead } = await file.read(buffer, 0, chunk.size, chunk.index * chunkBytes);
      await sendChunk(client, upload.id, chunk, buffer.subarray(0, bytesRead));
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  await file.close();
}
