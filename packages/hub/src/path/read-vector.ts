import { type Manifest, readVectorBytes, type VectorBytes } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { jsonDepth } from '../http/json-depth.ts';

/** The largest vector file that is read, bytes of JSON: an image model's example is about 2 MB. */
const maxVectorBytes = 16 * 1024 * 1024;

/** Deeper than any tensor; whoever walks a deeper one may run out of stack. */
const maxDepth = 64;

/** The first vector of a release, from the manifest or from its file; null when it has none that can be read. */
export async function readVector(ctx: Pick<HubContext, 'blobs'>, manifest: Manifest): Promise<VectorBytes | null> {
  const [vector] = manifest.vectors;
  if (!vector) return null;
  if ('inputs' in vector) return readVectorBytes(vector, null);
  const file = manifest.files.find((one) => one.path === vector.file);
  if (!file || file.size > maxVectorBytes) return null;
  const stream = await ctx.blobs.read(file.sha256);
  if (!stream) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return jsonDepth(bytes) > maxDepth ? null : readVectorBytes(vector, bytes);
}
