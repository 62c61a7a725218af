import type { Manifest } from '@callable/protocol';
import { Type } from 'typebox';
import { Check } from 'typebox/value';
import type { HubContext } from '../context.ts';
import { jsonDepth } from '../http/json-depth.ts';

export type ReadVector = {
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  rtol: number;
  atol: number;
};

/** The largest vector file that is read, bytes of JSON: an image model's example is about 2 MB. */
const maxVectorBytes = 16 * 1024 * 1024;

/** Deeper than any tensor; whoever walks a deeper one may run out of stack. */
const maxDepth = 64;

const VectorFile = Type.Object({
  inputs: Type.Record(Type.String(), Type.Unknown()),
  outputs: Type.Record(Type.String(), Type.Unknown()),
});

/** The first vector of a release, from the manifest or from its file; null when it has none that can be read. */
export async function readVector(ctx: Pick<HubContext, 'blobs'>, manifest: Manifest): Promise<ReadVector | null> {
  const [vector] = manifest.vectors;
  if (!vector) return null;
  const { rtol, atol } = vector;
  if ('inputs' in vector) return { inputs: vector.inputs, outputs: vector.outputs, rtol, atol };
  const file = manifest.files.find((one) => one.path === vector.file);
  if (!file || file.size > maxVectorBytes) return null;
  const bytes = await ctx.blobs.read(file.sha256);
  if (!bytes) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  const value = parseJson(Buffer.concat(pieces));
  return Check(VectorFile, value) ? { ...value, rtol, atol } : null;
}

function parseJson(bytes: Buffer): unknown {
  if (jsonDepth(bytes) > maxDepth) return null;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
