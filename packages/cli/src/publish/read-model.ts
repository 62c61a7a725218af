import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Format, InspectVerdict, UploadedFile } from '@callable/formats';
import { CallableError, type ModelSummary } from '@callable/protocol';
import type { SourceFile } from '../models/hash-source.ts';
import { openFileSource } from './file-source.ts';
import type { LocatedModel } from './locate-model.ts';

export type ReadModel = {
  format: Format;
  summary: ModelSummary;
  /** The model, and the files that hold its weights. */
  files: SourceFile[];
  bytes: number;
  /** Labels found inside the model, by output. */
  labels: Readonly<Record<string, string[]>>;
  notices: string[];
};

/**
 * Judges a model file and makes it publishable: what its format has to rewrite is rewritten in a copy below `directory`.
 * Throws with the inspector's own reason for what cannot be published.
 */
export async function readModel(
  { file: path, format, companions }: LocatedModel,
  directory: string,
  signal: AbortSignal,
): Promise<ReadModel> {
  const { entryPath } = format;
  const { summary, size } = await judge(format, path, signal);
  const external = withCompanions(externalFiles(summary, dirname(path)), companions);
  const rewritten = summary.flags.needsRewrite ? format.rewrite?.(await readFile(path)) : undefined;
  if (!rewritten?.changed) {
    const unusable = summary.outputs.find(({ datatype }) => datatype === null);
    if (unusable)
      throw new CallableError('UnsupportedFormat', `The output ${unusable.name} is ${unusable.type}, not a tensor.`);
    return {
      format,
      summary,
      files: [{ path: entryPath, source: path }, ...external],
      bytes: size,
      labels: {},
      notices: warningsOf(summary),
    };
  }
  const source = join(directory, entryPath);
  await writeFile(source, rewritten.bytes);
  const again = await judge(format, source, signal, dirname(path));
  return {
    format,
    summary: again.summary,
    files: [{ path: entryPath, source }, ...external],
    bytes: again.size,
    labels: rewritten.labels,
    notices: [rewritten.notice, ...warningsOf(again.summary)],
  };
}

/** `folder` is where files of weights are looked for. */
async function judge(
  format: Format,
  path: string,
  signal: AbortSignal,
  folder = dirname(path),
): Promise<{ summary: ModelSummary; size: number }> {
  const source = await openFileSource(path);
  try {
    let verdict = await format.inspect(source, { signal });
    // Weights beside the model: only then is it worth looking at what lies there.
    if (!verdict.ok && verdict.reason === 'UploadIncomplete')
      verdict = await format.inspect(source, { signal, files: await listNeighbours(folder) });
    if (!verdict.ok) throw refusalOf(verdict);
    return { summary: verdict.summary, size: source.size };
  } finally {
    await source[Symbol.asyncDispose]();
  }
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
