import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hashChunks, readSmallFile } from '@callable/disk';
import { formatTable } from '@callable/formats';
import {
  type Digest,
  digestJson,
  expectOutputs,
  judgeVector,
  longestVectorBytes,
  type Manifest,
  type ManifestFile,
  missingAbilities,
  parseManifest,
  readVectorBytes,
  type Vector,
} from '@callable/protocol';
import { type Client, getRelease, readFile as readBlob } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';
import { type LocalModel, loadLocally } from '../models/load-locally.ts';
import { openTempDir } from '../models/open-temp-dir.ts';
import { checked, type Finding, failed, unchecked } from './finding.ts';

/**
 * The reader's own run: the manifest must have the digest of the release, every byte the hashes of the manifest, and every
 * vector must pass on this machine, in a process of its own. Believes nobody but this machine.
 */
export async function runOwn(
  context: Pick<CliContext, 'signal'>,
  client: Client | null,
  digest: Digest,
): Promise<Finding[]> {
  const what = 'own run';
  if (!client) return [unchecked(what, 'A copy of a log holds no model files: give the hub with --hub and no --log.')];
  const view = await getRelease(client, digest, { signal: context.signal });
  const manifest = parseOwn(view.manifest, digest);
  if (!manifest) return [failed('manifest', 'The hub gave a manifest with another digest.')];
  const found = [checked('manifest', `Its digest is ${digest}.`)];
  const missing = missingAbilities(manifest, Object.keys(formatTable));
  if (missing.length > 0)
    return [...found, unchecked(what, `This callable does not understand ${missing.join(', ')}, so it cannot run it.`)];
  await using directory = await openTempDir();
  for (const file of manifest.files) {
    const trouble = await fetchFile(context, client, file, join(directory.path, 'files', file.path));
    if (trouble) return [...found, failed('bytes', trouble)];
  }
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  found.push(checked('bytes', `All ${manifest.files.length} files (${bytes} bytes) have the hashes of the manifest.`));
  return [...found, ...(await runVectors(context, manifest, directory.path))];
}

function parseOwn(value: unknown, digest: Digest): Manifest | null {
  const parsed = parseManifest(value);
  return parsed.ok && digestJson(parsed.manifest) === digest ? parsed.manifest : null;
}

/** Null when the file came whole and right, else what is wrong. Its path was checked with the manifest. */
async function fetchFile(
  { signal }: Pick<CliContext, 'signal'>,
  client: Client,
  file: ManifestFile,
  target: string,
): Promise<string | null> {
  await mkdir(dirname(target), { recursive: true });
  const stream = await readBlob(client, file.sha256, { signal });
  await pipeline(Readable.from(bounded(stream, file.size)), createWriteStream(target), { signal });
  const found = await hashChunks(target, signal);
  const same = found.size === file.size && found.sha256 === file.sha256 && found.chunks.join() === file.chunks.join();
  return same ? null : `${file.path} does not have the hashes of the manifest.`;
}

/** A source without an end must not fill this disk. */
async function* bounded(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const piece of stream) {
    read += piece.length;
    yield piece;
    if (read > size) return;
  }
}

async function runVectors(
  { signal }: Pick<CliContext, 'signal'>,
  manifest: Manifest,
  directory: string,
): Promise<Finding[]> {
  const what = 'own run';
  const { vectors, ...draft } = manifest;
  const files = manifest.files.map(({ path }) => ({ path, source: join(directory, 'files', path) }));
  const loaded = await loadLocally(files, draft, [], { directory, signal }).catch((error: Error) => error.message);
  if (typeof loaded === 'string') return [failed(what, loaded)];
  await using model = loaded;
  for (const vector of vectors) {
    const trouble = await runVector(model, manifest, vector, join(directory, 'files'));
    if (trouble) return [failed(what, `Vector ${JSON.stringify(vector.name)}: ${trouble}`)];
  }
  return [checked(what, `All ${vectors.length} vectors passed on this machine.`)];
}

async function runVector(
  model: LocalModel,
  manifest: Manifest,
  vector: Vector,
  directory: string,
): Promise<string | null> {
  const text = 'file' in vector ? await readSmallFile(join(directory, vector.file), longestVectorBytes) : null;
  const values = readVectorBytes(vector, text === null ? null : new TextEncoder().encode(text));
  if (!values) return 'Its file holds no inputs and outputs.';
  const expected = expectOutputs(manifest.outputs, values);
  if (typeof expected === 'string') return expected;
  const answer = await model.run(new TextDecoder().decode(values.inputs)).catch((error: Error) => error);
  if (answer instanceof Error) return answer.message;
  return judgeVector(expected, new TextEncoder().encode(answer.outputs)).message;
}
