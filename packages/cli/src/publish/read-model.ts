import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteSource, Format, InspectVerdict, UploadedFile } from '@callable/formats';
import { CallableError, type ModelSummary } from '@callable/protocol';
import type { SourceFile } from '../models/hash-source.ts';
import { openFileSource } from './file-source.ts';
import type { LocatedModel } from './locate-model.ts';
import { writeSource } from './write-source.ts';

export type ReadModel = {
  format: Format;
  summary: ModelSummary;
  /** The model, and the files that hold its weights. */
  files: SourceFile[];
  bytes: number;
  /** Labels found inside the model, by output. */
  labels: ReadonlyMap<string, string[]>;
  notices: string[];
};

/**
 * Judges a model file and makes it publishable: what its format has to rewrite is rewritten in a copy below `directory`.
 * Throws with the inspector's own reason for what cannot be published.
 */
export async function readModel(
  { file, format, companions }: LocatedModel,
  directory: string,
  signal: AbortSignal,
): Promise<ReadModel> {
  await using source = await openFileSource(file);
  const folder = dirname(file);
  const rewrite = await format.rewrite?.(source, { signal });
  const model = rewrite?.source ?? source;
  // Before anything is written: a copy of what is refused serves nobody.
  const summary = await judge(format, model, folder, signal);
  const unusable = summary.outputs.find(({ datatype }) => datatype === null);
  if (unusable)
    throw new CallableError('UnsupportedFormat', `The output ${unusable.name} is ${unusable.type}, not a tensor.`);
  const path = rewrite?.changed ? join(directory, format.entryPath) : file;
  if (path !== file) await writeSource(model, path, signal);
  return {
    format,
    summary,
    files: [{ path: format.entryPath, source: path }, ...withCompanions(externalFiles(summary, folder), companions)],
    bytes: model.size,
    labels: rewrite?.labels ?? new Map(),
    notices: [...(rewrite?.notices ?? []), ...warningsOf(summary)],
  };
}

/** `folder` is where files of weights are looked for. */
async function judge(format: Format, source: ByteSource, folder: string, signal: AbortSignal): Promise<ModelSummary> {
  let verdict = await format.inspect(source, { signal });
  // Weights beside the model: only then is it worth looking at what lies there.
  if (!verdict.ok && verdict.reason === 'UploadIncomplete')
    verdict = await format.inspect(source, { signal, files: await listNeighbours(folder) });
  if (!verdict.ok) throw refusalOf(verdict);
  return verdict.summary;
}

function refusalOf({ reason, message, findings }: Extract<InspectVerdict, { ok: false }>): CallableError {
  return new CallableError(reason, message, { details: { errors: findings.map((finding) => ({ ...finding })) } });
}

/** Plain files of the model's folder. Not links: what they point to may be anything of this user. */
async function listNeighbours(folder: string): Promise<UploadedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).slice(0, 10_000);
  return Promise.all(
    files.map(async (entry) => ({ path: entry.name, size: (await lstat(join(folder, entry.name))).size })),
  );
}

function externalFiles(summary: ModelSummary, folder: string): SourceFile[] {
  return summary.companions.map((location) => ({ path: location, source: join(folder, location) }));
}

/** Weights the model names are among the files of a published folder; they are there once. */
function withCompanions(external: readonly SourceFile[], companions: readonly SourceFile[]): SourceFile[] {
  const named = new Set(companions.map(({ path }) => path));
  return [...external.filter(({ path }) => !named.has(path)), ...companions];
}

function warningsOf(summary: ModelSummary): string[] {
  return summary.findings.filter(({ severity }) => severity === 'warn').map(({ message }) => message);
}
