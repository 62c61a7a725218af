import { join } from 'node:path';
import type { ByteSource, Format, InspectVerdict, Rewrite, RewriteOptions } from '@callable/formats';
import { CallableError, type ModelSummary } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import type { SourceFile } from '../models/hash-source.ts';
import { openFileSource } from './file-source.ts';
import { keepLabels } from './keep-labels.ts';
import { listWeights, type Weights } from './list-weights.ts';
import type { LocatedModel } from './locate-model.ts';
import { writeSource } from './write-source.ts';

export type ReadModel = {
  format: Format;
  summary: ModelSummary;
  /** The model, and the files that hold its weights. */
  files: SourceFile[];
  /** The file that was given, where another made from it is published; it may have been published before as it is. */
  given: string | null;
  bytes: number;
  /** Labels found inside the model, by output. */
  labels: ReadonlyMap<string, string[]>;
  /** Of inputs that callers may leave out. */
  defaults: ReadonlyMap<string, unknown>;
  notices: string[];
};

/**
 * Judges a model file and makes it publishable: what its format has to rewrite is rewritten in a copy below `directory`.
 * Throws with the inspector's own reason for what cannot be published.
 */
export async function readModel(
  { file, format, companions }: LocatedModel,
  directory: string,
  options: RewriteOptions & { signal: AbortSignal },
): Promise<ReadModel> {
  const { signal } = options;
  await using source = await openFileSource(file);
  const rewrite = await format.rewrite?.(source, options);
  const model = rewrite?.source ?? source;
  // Before anything is written: a copy of what is refused serves nobody.
  const { summary, weights } = await judge(format, model, file, signal);
  const unusable = summary.outputs.find(({ datatype }) => datatype === null);
  if (unusable)
    throw new CallableError(
      'UnsupportedValueType',
      `The output ${unusable.name} is ${unusable.type}, not a tensor; end the graph with tensors.`,
    );
  const path = rewrite?.changed ? join(directory, format.entryPath) : file;
  if (rewrite?.changed) {
    await writeSource(model, path, signal);
    await checkWritten(rewrite, path, signal);
  }
  const { labels, notices } = keepLabels(rewrite?.labels ?? new Map());
  return {
    format,
    summary,
    files: [{ path: format.entryPath, source: path }, ...withCompanions(weights, companions)],
    given: rewrite?.changed ? file : null,
    bytes: model.size,
    labels,
    defaults: rewrite?.defaults ?? new Map(),
    notices: [...(rewrite?.notices ?? []), ...notices, ...warningsOf(summary)],
  };
}

/** What is uploaded is the file on the disk, so that is what is compared with the model as it was given. */
async function checkWritten(rewrite: Rewrite, path: string, signal: AbortSignal): Promise<void> {
  await using written = await openFileSource(path);
  const difference = await rewrite.compare?.(written, signal);
  if (difference)
    throw new CliError(
      'Internal',
      `The model without its metadata is not the model that was given (${difference}), so nothing was uploaded.`,
      'Publish it as it is with --keep-metadata, and report this.',
    );
}

type Judged = { summary: ModelSummary; weights: SourceFile[] };

/** Weights are looked for beside `file`. */
async function judge(format: Format, source: ByteSource, file: string, signal: AbortSignal): Promise<Judged> {
  let verdict = await format.inspect(source, { signal });
  let beside: Weights[] = [];
  // Weights beside the model: only then is it worth looking at what lies there.
  if (!verdict.ok && verdict.reason === 'UploadIncomplete') {
    beside = await listWeights(file);
    verdict = await format.inspect(source, { signal, files: beside });
  }
  // Nothing was sent yet, so the remedy of the reason (only what is missing is sent) is not one here.
  if (!verdict.ok && verdict.reason === 'UploadIncomplete')
    throw new CliError(
      verdict.reason,
      verdict.message,
      'Put the file where the model names it, beside the model or in its folders. Links to folders elsewhere are not followed: cp -rL copies one.',
    );
  if (!verdict.ok) throw refusalOf(verdict);
  const { summary } = verdict;
  return { summary, weights: summary.companions.map((path) => takeWeights(path, beside)) };
}

function takeWeights(path: string, beside: readonly Weights[]): SourceFile {
  const found = beside.find((file) => file.path === path);
  if (!found) throw new CallableError('UploadIncomplete', `The model needs the file ${path}, which is not beside it.`);
  if (found.outside === null) return { path, source: found.source };
  throw new CallableError(
    'FileUnreadable',
    `The model takes its weights from ${path}, which is a link to ${found.outside}, outside of its folder. If that is what you mean to publish, put the file itself there: cp -L.`,
  );
}

function refusalOf({ reason, message, findings }: Extract<InspectVerdict, { ok: false }>): CallableError {
  return new CallableError(reason, message, { details: { errors: findings.map((finding) => ({ ...finding })) } });
}

/** Weights the model names are among the files of a published folder; they are there once. */
function withCompanions(external: readonly SourceFile[], companions: readonly SourceFile[]): SourceFile[] {
  const named = new Set(companions.map(({ path }) => path));
  return [...external.filter(({ path }) => !named.has(path)), ...companions];
}

function warningsOf(summary: ModelSummary): string[] {
  return summary.findings.filter(({ severity }) => severity === 'warn').map(({ message }) => message);
}
