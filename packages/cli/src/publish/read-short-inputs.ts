import { buffer } from 'node:stream/consumers';
import { type Manifest, readExactJson } from '@callable/protocol';
import { type Client, readFile } from '@callable/sdk';

/** A file that is short, and holds what JSON in a manifest would change. */
const shortBytes = 4096;

/** The inputs of the first vector where they lie in a short JSON file of the release; null where they are elsewhere, long or binary. */
export async function readShortInputs(
  client: Client,
  { vectors: [vector], files }: Manifest,
  signal: AbortSignal,
): Promise<unknown> {
  const path = vector && 'file' in vector ? vector.file : null;
  const file = files.find((one) => one.path === path && one.size <= shortBytes && one.path.endsWith('.json'));
  if (!file) return null;
  const text = new TextDecoder().decode(await buffer(await readFile(client, file.sha256, { signal })));
  return (readExactJson(text) as { inputs: unknown }).inputs;
}
