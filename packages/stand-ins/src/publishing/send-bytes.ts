import { chunkBytes } from '@callable/protocol';
import { type Client, completeUpload, createUpload, sendChunk } from '@callable/sdk';
import { describeFile } from '../files/describe-file.ts';

/** Uploads these files, one chunk after another. */
export async function sendBytes(
  client: Client,
  contents: Uint8Array | readonly Uint8Array[],
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const files = [contents].flat().map((bytes) => ({ ...describeFile('any', bytes), bytes }));
  const announced = files.map(({ size, sha256, chunks }) => ({ size, sha256, chunks }));
  const upload = await createUpload(client, { files: announced }, options);
  let { missing } = upload;
  // The hub may find on joining that it lacks a chunk it believed to have.
  for (let round = 0; round < 2; round++) {
    for (const chunk of missing) {
      const from = chunk.index * chunkBytes;
      const bytes = files.find(({ sha256 }) => sha256 === chunk.file)?.bytes.subarray(from, from + chunk.size);
      if (!bytes) throw new Error(`The hub asks for ${chunk.file}, which was not announced.`);
      await sendChunk(client, upload.id, chunk, bytes, options);
    }
    ({ missing } = await completeUpload(client, upload.id, options));
    if (missing.length === 0) return;
  }
  throw new Error('The hub asks for the same chunks again and again.');
}
