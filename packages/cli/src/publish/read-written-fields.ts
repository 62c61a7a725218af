import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { suggestWord } from '../arguments/suggest-word.ts';
import { CliError } from '../errors/cli-error.ts';
import { fileError } from '../errors/file-error.ts';
import { decodeText } from '../texts/decode-text.ts';

/** What a publisher writes by hand about one input or output. */
export type WrittenTensor = { name: string; description?: string; axes?: (string | null)[]; labels?: string[] };

/** The part of a manifest that is written, not measured. */
export type WrittenFields = {
  name?: string;
  version?: string;
  title?: string;
  summary?: string;
  license?: string;
  task?: string;
  tags?: string[];
  inputs: WrittenTensor[];
  outputs: WrittenTensor[];
};

const textFields = ['name', 'version', 'title', 'summary', 'license', 'task'] as const;
/** A whole manifest is welcome too: what publish measures anew is passed over. */
const measured = ['$schema', 'schema', 'publisher', 'format', 'entry', 'files', 'vectors', 'needs', 'price'];
const known = [...textFields, 'tags', 'inputs', 'outputs', ...measured];

/** The fields of the callable.json next to the model, or of the file named by `--manifest`. */
export async function readWrittenFields(modelFile: string, manifestFile: string | undefined): Promise<WrittenFields> {
  const path = manifestFile === undefined ? join(dirname(modelFile), 'callable.json') : resolve(manifestFile);
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' && manifestFile === undefined) return null;
    throw fileError(path, cause);
  });
  return bytes === null ? { inputs: [], outputs: [] } : parseWrittenFields(decodeText(bytes, `The file ${path}`), path);
}

/** The written fields in the text of a callable.json; `path` only names it in errors. */
export function parseWrittenFields(text: string, path: string): WrittenFields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, `is not valid JSON (${cause instanceof Error ? cause.message : cause})`, 'Mend it.');
  }
  if (!isObject(value)) throw invalid(path, 'is not a JSON object', 'Write { "title": "…", "license": "…" }.');
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const meant = suggestWord(key, known);
    throw invalid(path, `has a field ${key} that nobody knows`, meant === null ? 'Remove it.' : `Write ${meant}.`);
  }
  const fields: WrittenFields = {
    inputs: parseTensors(value.inputs, 'inputs', path),
    outputs: parseTensors(value.outputs, 'outputs', path),
  };
  for (const name of textFields) {
    const field = value[name];
    if (field === undefined) continue;
    if (typeof field !== 'string') throw invalid(path, `has a ${name} that is not a text`, 'Put it in quotes.');
    fields[name] = field;
  }
  if (value.tags !== undefined) fields.tags = parseTexts(value.tags, 'tags', path);
  return fields;
}

function parseTensors(value: unknown, field: string, path: string): WrittenTensor[] {
  if (value === undefined) return [];
  const hint = `Write "${field}": [{ "name": "…", "description": "…" }].`;
  if (!Array.isArray(value)) throw invalid(path, `has ${field} that are not a list`, hint);
  return value.map((entry: unknown) => {
    if (!isObject(entry) || typeof entry.name !== 'string') throw invalid(path, `has ${field} without a name`, hint);
    const { name, description, axes, labels } = entry;
    if (description !== undefined && typeof description !== 'string')
      throw invalid(path, `has a description of ${name} that is not a text`, hint);
    return {
      name,
      ...(description === undefined ? {} : { description }),
      ...(axes === undefined ? {} : { axes: parseAxes(axes, name, path) }),
      ...(labels === undefined ? {} : { labels: parseTexts(labels, `labels of ${name}`, path) }),
    };
  });
}

function parseAxes(value: unknown, name: string, path: string): (string | null)[] {
  if (Array.isArray(value) && value.every((entry) => entry === null || typeof entry === 'string')) return value;
  throw invalid(path, `has axes of ${name} that are not a list of names`, 'Write them as ["batch", null].');
}

function parseTexts(value: unknown, field: string, path: string): string[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw invalid(path, `has ${field} that are not a list of texts`, 'Write them as ["one", "two"].');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (path: string, problem: string, next: string) =>
  new CliError('ManifestInvalid', `${path} ${problem}.`, next);
