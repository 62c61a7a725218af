import { hash } from 'node:crypto';
import { longestVectorBytes, type ReleaseView, readVectorBytes, type VectorBytes } from '@callable/protocol';
import { type Client, readFileRange } from '@callable/sdk';

/** The first vector of a release, from its manifest or from the hub; null when it has none that can be read. Throws what the hub says. */
export async function fetchVector(
  hub: Client,
  { manifest }: ReleaseView,
  signal: AbortSignal,
): Promise<VectorBytes | null> {
  const [vector] = manifest.vectors;
  if (!vector) return null;
  if ('inputs' in vector) return readVectorBytes(vector, null);
  const file = manifest.files.find(({ path }) => path === vector.file);
  if (!file || file.size > longestVectorBytes) return null;
  const bytes = new Uint8Array(file.size);
  await readFileRange(hub, file.sha256, { offset: 0, into: bytes, signal });
  return hash('sha256', bytes, 'hex') === file.sha256 ? readVectorBytes(vector, bytes) : null;
}
