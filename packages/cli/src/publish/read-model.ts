import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type InspectVerdict,
  inspectModel,
  type ModelSummary,
  rewriteZipMap,
  type UploadedFile,
} from '@callable/formats';
import { CallableError, type ReasonCode } from '@callable/protocol';
import { openFileSource } from './file-source.ts';
import type { SourceFile } from './hash-source.ts';

/** The model's own path in every release, whatever its file is called here: renaming it makes no other release. */
export const entryPath = 'model.onnx';

export type ReadModel = {
  summary: ModelSummary;
  /** The model, and the files that hold its weights. */
  files: SourceFile[];
  bytes: number;
  /** Labels found inside the model, by output. */
  labels: Record<string, string[]>;
  notices: string[];
};

/**
 * Judges a model file and makes it publishable: ZipMap outputs become tensors in a copy below `directory`. Throws
 * with the inspector's own reason for what cannot be published.
 */
export async function readModel(
  { file: path, companions }: { file: string; companions: readonly SourceFile[] },
  directory: string,
  signal: AbortSignal,
): Promise<ReadModel> {
  const { summary, size } = await judge(path, signal);
  const external = withCompanions(externalFiles(summary, dirname(path)), companions);
  const rewritten = summary.flags.hasZipMap ? rewriteZipMap(await readFile(path)) : { changed: false as const };
  if (!rewritten.changed) {
    const unusable = summary.outputs.find(({ datatype }) => datatype === null);
    if (unusable)
      throw new CallableError(
        'UnsupportedFormat',
        `The output ${unusable.name} is ${unusable.onnxType}, not a tensor.`,
      );
    return {
      summary,
      files: [{ path: entryPath, source: path }, ...external],
      bytes: size,
      labels: {},
      notices: warningsOf(summary),
    };
  }
  const source = join(directory, entryPath);
  await writeFile(source, rewritten.bytes);
  const again = await judge(source, signal, dirname(path));
  const zipped = summary.outputs.find(({ kind }) => kind !== 'tensor');
  return {
    summary: again.summary,
    files: [{ path: entryPath, source }, ...external],
    bytes: again.size,
    labels: zipped && rewritten.labels ? { [zipped.name]: rewritten.labels } : {},
    notices: [rewritten.notice, ...warningsOf(again.summary)],
  };
}

/** `folder` is where files of weights are looked for. */
async function judge(
  path: string,
  signal: AbortSignal,
  folder = dirname(path),
): Promise<{ summary: ModelSummary; size: number }> {
  const source = await openFileSource(path);
  try {
    let verdict = await inspectModel(source, { signal });
    // Weights beside the model: only then is it worth looking at what lies there.
    if (!verdict.ok && verdict.reason === 'UploadIncomplete')
      verdict = await inspectModel(source, { signal, files: await listNeighbours(folder) });
    if (!verdict.ok) throw refusalOf(verdict);
    return { summary: verdict.summary, size: source.size };
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

function refusalOf(verdict: Extract<InspectVerdict, { ok: false }>): CallableError {
  const code: ReasonCode = verdict.reason === 'InvalidModel' ? 'LoadFailed' : verdict.reason;
  const errors = verdict.findings.map((finding) => ({ ...finding }));
  return new CallableError(code, verdict.message, { details: { errors } });
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
  const locations = new Set(summary.externalFiles.map(({ location }) => location));
  return [...locations].sort().map((location) => ({ path: location, source: join(folder, location) }));
}

/** Weights the model names are among the files of a published folder; they are there once. */
function withCompanions(external: readonly SourceFile[], companions: readonly SourceFile[]): SourceFile[] {
  const named = new Set(companions.map(({ path }) => path));
  return [...external.filter(({ path }) => !named.has(path)), ...companions];
}

function warningsOf(summary: ModelSummary): string[] {
  return summary.findings.filter(({ severity }) => severity === 'warn').map(({ message }) => message);
}
