import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FormatTable } from '@callable/formats';
import {
  addressOf,
  type Digest,
  formatReleaseRef,
  inputDefaults,
  type Manifest,
  type ModelName,
  type ModelSummary,
  ownMember,
  parseModelName,
  parsePlainInputs,
  parseVersion,
  type Version,
} from '@callable/protocol';
import { CliError, exitCodes } from '../errors/cli-error.ts';
import { completeManifest, type Draft, draftManifest } from '../models/build-manifest.ts';
import { type HashedSource, hashSource, type SourceFile } from '../models/hash-source.ts';
import type { LocalModel } from '../models/load-locally.ts';
import { openShape, resolveOutputs, resolveShapes } from '../models/resolve-shapes.ts';
import { type Candidate, chooseExample } from './choose-example.ts';
import { compareExpected } from './compare-expected.ts';
import { describeTensors } from './describe-tensors.ts';
import { findPublished, matchPublished } from './find-published.ts';
import { holdsExpected } from './holds-expected.ts';
import { type LearnedShapes, learnShapes } from './learn-shapes.ts';
import { missingValueNotice } from './missing-value-notice.ts';
import { nameAxes } from './name-axes.ts';
import { nameModel } from './name-model.ts';
import type { PublishContext } from './publish-context.ts';
import type { PublishEvent, PublishTimings } from './publish-event.ts';
import type { PublishRequest } from './publish-request.ts';
import { readExpected } from './read-expected.ts';
import type { ReadModel } from './read-model.ts';
import { readWrittenFields, type WrittenFields } from './read-written-fields.ts';
import { type Recording, recordVector } from './record-vector.ts';
import { ranksTaken, shapedInputs, withDefaults } from './shaped-inputs.ts';
import { versionExists } from './version-exists.ts';
import { writeVector } from './write-vector.ts';

/** `file` is the model itself, also where a folder is published. */
type ManifestContext = PublishContext & { directory: string; timings: PublishTimings; file: string };

export type MadeManifest = {
  manifest: Manifest;
  digest: Digest;
  files: HashedSource[];
  alreadyPublished: boolean;
};

type ShapeOf = (name: string) => readonly number[] | undefined;
/** Shapes the graph does not declare, from elsewhere. */
type Shapes = { inputs: ShapeOf; outputs: ShapeOf };

/**
 * The manifest of a model: its signature from the graph, its words from the publisher, its vector from a real run. A
 * release that says the same and is published already is taken as it is; one that says something else is an error.
 */
export async function* makeManifest(
  context: ManifestContext,
  request: PublishRequest,
  model: ReadModel,
): AsyncGenerator<PublishEvent, MadeManifest> {
  const { client, key, clock, signal, load, directory, timings } = context;
  const written = await readWrittenFields(context.file, request.manifest);
  const identity = { publisher: addressOf(key), ...identityOf(request, written, context.formats) };
  const published = request.dryRun ? null : await findPublished(client, formatReleaseRef(identity), signal);

  yield { kind: 'hashing', bytes: await bytesOf(model.files) };
  const hashing = clock();
  const files = await hashAll(model.files, signal);
  const asGiven = published && (await publishedAsGiven(published.manifest, model, signal));
  if (asGiven) {
    files[0] = asGiven;
    yield { kind: 'notice', text: 'This version was published with the file as it is given here, and stays so.' };
  }
  timings.hashMs = clock() - hashing;
  const unnamed = (shapes: Shapes, peakBytes = 0): Draft =>
    draftManifest({
      ...identity,
      format: model.format.name,
      entry: model.format.entryPath,
      files: files.map(({ entry }) => entry),
      inputs: describeTensors(
        withDefaults(resolveShapes(model.summary.inputs, shapes.inputs), model.defaults),
        written.inputs,
        'input',
      ),
      outputs: describeTensors(
        labelled(resolveOutputs(model.summary.outputs, shapes.outputs), model.labels),
        written.outputs,
        'output',
      ),
      needs: { ...model.summary.needs, memoryBytes: memoryOf(model.summary, peakBytes) } as Manifest['needs'],
      written: wordsOf(request, written),
    });
  const draft = (shapes: Shapes, peakBytes = 0) => nameAxes(unnamed(shapes, peakBytes), model.summary);

  const candidates = await chooseExample(request.example, shapedInputs(model.summary, model.defaults));
  if (request.expected !== undefined && model.summary.flags.random)
    throw new CliError(
      'ExpectedInvalid',
      'The model draws at random, so no two answers of it are alike and there is nothing to compare with --expected.',
      'Publish it without --expected, or export it for inference, without the operator that draws.',
    );
  const expected =
    request.expected === undefined
      ? null
      : await readExpected(
          resolve(request.expected),
          model.summary.outputs.map(({ name }) => name),
        );
  if (published) {
    const shapes = shapesOfManifest(published.manifest);
    // Earlier versions of this command named no axes.
    const drafts = [draft(shapes), unnamed(shapes)];
    const match = await matchPublished(context, published, drafts, candidates, (vector, outputs) =>
      holdsExpected(vector, outputs, expected, model.summary),
    );
    if (!match) throw await versionExists(client, identity);
    const { manifest, digest } = published;
    return { manifest, digest, files: [...files, ...(await hashAll(match, signal))], alreadyPublished: true };
  }

  yield { kind: 'running' };
  const running = clock();
  const inputs = shapesOfValue(candidates[0]?.value ?? {});
  const openOutputs = model.summary.outputs.filter(({ rankKnown }) => !rankKnown);
  const local = await load(model.files, draft({ inputs, outputs: () => undefined }), openOutputs, {
    directory,
    signal,
    formats: context.formats,
  });
  const { recording, learned } = await tryModel(local, candidates, model, inputs);
  timings.exampleMs = clock() - running;
  const agreed = expected
    ? compareExpected(recording, expected, request.tolerance ?? null, model.summary)
    : { expected: [], notices: [] };
  const told = expected ? { path: expected.path, outputs: agreed.expected } : null;
  yield {
    kind: 'example',
    made: recording.made,
    loadMs: local.loadMs,
    runMs: recording.runMs,
    expected: told,
    random: model.summary.flags.random,
  };
  const missing = missingValueNotice(model.summary, recording.inputs);
  const ranks = ranksTaken(model.summary, inputs);
  const notices = [...recording.notices, ...learned.notices, ...ranks, ...agreed.notices, ...missing];
  for (const text of notices) yield { kind: 'notice', text };

  const seen = shapesOfValue(recording.outputValues);
  const isOpen = (name: string) => openOutputs.some((output) => output.name === name);
  const outputs = (name: string) =>
    learned.shapes.get(name) ?? (isOpen(name) ? (ownMember(local.shapes, name) ?? seen(name)) : undefined);
  const measured = draft({ inputs, outputs }, recording.peakBytes);
  const { vector, file, abilities } = await writeVector({ ...recording, ...agreed }, directory, measured);
  const vectorFiles = await hashAll(file ? [file] : [], signal);
  if (model.defaults.size > 0) abilities.push(inputDefaults);
  if (abilities.length > 0) measured.needs.abilities = abilities;
  const { manifest, digest } = completeManifest(
    measured,
    [agreed.expected.length > 0 ? { ...vector, expected: agreed.expected } : vector],
    vectorFiles.map(({ entry }) => entry),
  );
  return { manifest, digest, files: [...files, ...vectorFiles], alreadyPublished: false };
}

/** What the model answers here, and in which shapes. */
async function tryModel(
  local: LocalModel,
  candidates: readonly Candidate[],
  { summary, defaults }: ReadModel,
  inputShapes: ShapeOf,
): Promise<{ recording: Recording; learned: LearnedShapes }> {
  await using model = local;
  const recording = await recordVector(model, candidates, summary);
  const specs = withDefaults(resolveShapes(summary.inputs, inputShapes), defaults);
  const example = parsePlainInputs(new TextEncoder().encode(recording.inputs), specs);
  // An example that was answered can be read.
  if (!example.ok) throw new Error(`The example cannot be read back: ${example.problem.message}`);
  return { recording, learned: await learnShapes(model, example.value, specs, summary.outputs) };
}

/** Name and version as given, else as written in callable.json, else from the file name and 0.1.0. */
function identityOf(
  request: PublishRequest,
  written: WrittenFields,
  formats: FormatTable,
): { name: ModelName; version: Version } {
  const nameText = request.name ?? written.name;
  const name = nameText === undefined ? nameModel(request.file, formats) : parseModelName(nameText);
  if (!name)
    throw nameError(
      `${nameText} cannot be the name of a model.`,
      'Use 1 to 63 of a-z, 0-9 and . _ - inside: --name my-model',
    );
  const versionText = request.version ?? written.version ?? '0.1.0';
  const version = parseVersion(versionText);
  if (!version) throw nameError(`${versionText} is not a version.`, 'Write it like --version 1.2.3 or 1.2.3-beta.1');
  return { name, version };
}

const nameError = (message: string, next: string) =>
  new CliError('NameInvalid', message, next, { exitCode: exitCodes.usedWrongly });

/** What the publisher says about the model; the command line wins over callable.json. */
function wordsOf(request: PublishRequest, written: WrittenFields) {
  const words: Pick<Manifest, 'title' | 'summary' | 'license' | 'task' | 'tags'> = {};
  for (const field of ['title', 'summary', 'license', 'task'] as const) {
    const text = request[field] ?? written[field];
    if (text !== undefined) words[field] = text;
  }
  const tags = request.tags ?? written.tags;
  if (tags !== undefined) words.tags = [...tags];
  return words;
}

/** The given file where a published release holds it, from before it was rewritten or by --keep-metadata. */
async function publishedAsGiven({ entry, files }: Manifest, { given }: ReadModel, signal: AbortSignal) {
  const published = files.find(({ path }) => path === entry);
  if (given === null || !published || (await stat(given)).size !== published.size) return null;
  const hashed = await hashSource({ path: entry, source: given }, signal);
  return hashed.entry.sha256 === published.sha256 ? hashed : null;
}

async function hashAll(files: readonly SourceFile[], signal: AbortSignal): Promise<HashedSource[]> {
  const hashed: HashedSource[] = [];
  for (const file of files) hashed.push(await hashSource(file, signal));
  return hashed;
}

async function bytesOf(files: readonly SourceFile[]): Promise<number> {
  let bytes = 0;
  for (const { source } of files) bytes += (await stat(source)).size;
  return bytes;
}

const shapesOfValue =
  (value: Record<string, unknown>): ShapeOf =>
  (name) =>
    Object.hasOwn(value, name) ? openShape(ownMember(value, name)) : undefined;

function shapesOfManifest(manifest: Manifest): Shapes {
  const shapeIn =
    (specs: Manifest['inputs']): ShapeOf =>
    (name) =>
      specs.find((spec) => spec.name === name)?.shape;
  return { inputs: shapeIn(manifest.inputs), outputs: shapeIn(manifest.outputs) };
}

/** What its process needed here, or what its tensors alone need where that is more; in whole MiB. */
function memoryOf(summary: ModelSummary, peakBytes: number): number {
  const mebibyte = 2 ** 20;
  return Math.ceil(Math.max(summary.memoryBytes, peakBytes) / mebibyte) * mebibyte;
}

/** Labels found in the model; what the publisher wrote replaces them. */
function labelled(specs: Manifest['outputs'], labels: ReadModel['labels']): Manifest['outputs'] {
  return specs.map((spec) => {
    const names = labels.get(spec.name);
    return names ? { ...spec, labels: [...names] } : spec;
  });
}
