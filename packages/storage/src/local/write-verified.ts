import { writeHashed } from '@callable/disk';
import { blobMismatch } from '../storage-error.ts';
import { checkHashed } from './check-hashed.ts';

/** Writes a stream to a new file while hashing it; throws unless it has exactly this size and sha256. */
export async function writeVerified(
  path: string,
  expected: { id: string; size: number },
  source: AsyncIterable<Uint8Array>,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const written = await writeHashed(path, source, (size) => {
    options.signal?.throwIfAborted();
    if (size > expected.size) throw blobMismatch(`More than the ${expected.size} bytes announced were sent.`);
  });
  checkHashed(written, expected);
}
