import { longestVectorBytes, type Manifest, readVectorBytes, type VectorBytes } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** The first vector of a release, from the manifest or from its file; null when it has none that can be read. */
export async function readVector(ctx: Pick<HubContext, 'blobs'>, manifest: Manifest): Promise<VectorBytes | null> {
  const [vector] = manifest.vectors;
  if (!vector) return null;
  if ('inputs' in vector) return readVectorBytes(vector, null);
  const file = manifest.files.find((one) => one.path === vector.file);
  if (!file || file.size > longestVectorBytes) return null;
  const stream = await ctx.blobs.read(file.sha256);
  if (!stream) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return readVectorBytes(vector, Buffer.concat(pieces));
}
