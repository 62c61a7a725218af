import { type Digest, digestBytes } from '../identity/digest.ts';
import { canonicalBytes } from '../json/canonical-json.ts';
import { jsonProblem } from '../json/json-problem.ts';
import { Check } from '../schema/check.ts';
import { parsePlainInputs } from '../tensor/parse-plain-inputs.ts';
import { collidingPaths, filePathProblem } from './file-path.ts';
import { findMismatch } from './find-mismatch.ts';
import { chunkBytes, manifestLimits } from './limits.ts';
import { Manifest } from './manifest.ts';
import { shortenText } from './shorten-text.ts';
import { unknownMembersProblem } from './unknown-members.ts';

export type ManifestVerdict =
  | { ok: true; manifest: Manifest; digest: Digest }
  | { ok: false; reason: 'ManifestInvalid'; message: string };

/** Checks a manifest from a stranger, whole, and computes the digest that names its release. */
export function parseManifest(value: unknown): ManifestVerdict {
  const mismatch = findMismatch(Manifest, value);
  if (mismatch) return invalid(mismatch);
  if (!Check(Manifest, value)) return invalid('the manifest does not fit its schema');
  // What has no canonical form has no digest: 1e999, lone surrogates, a vector nested a million deep.
  const unsignable = jsonProblem(value);
  if (unsignable) return invalid(`the manifest cannot be signed: ${unsignable}`);
  const unknown = unknownMembersProblem(Manifest, value);
  if (unknown) return invalid(unknown);
  const bytes = canonicalBytes(value);
  if (bytes.length > manifestLimits.bytes)
    return invalid(
      `the manifest is ${bytes.length} bytes, the limit is ${manifestLimits.bytes}: keep large vectors in files of the release`,
    );
  const problem = filesProblem(value) ?? tensorsProblem(value) ?? vectorsProblem(value);
  return problem ? invalid(problem) : { ok: true, manifest: value, digest: digestBytes(bytes) };
}

const invalid = (message: string): ManifestVerdict => ({ ok: false, reason: 'ManifestInvalid', message });

function filesProblem(manifest: Manifest): string | null {
  for (const file of manifest.files) {
    const problem = filePathProblem(file.path);
    if (problem) return `the file path ${JSON.stringify(file.path)} is refused: ${problem}`;
    const expected = Math.ceil(file.size / chunkBytes);
    if (file.chunks.length !== expected)
      return `${file.path} has ${file.size} bytes, so it has ${expected} chunks of 4 MiB, not ${file.chunks.length}`;
    if (expected === 1 && file.chunks[0] !== file.sha256)
      return `${file.path} is one chunk, so its chunk hash is its sha256`;
  }
  const collision = collidingPaths(manifest.files.map((file) => file.path));
  if (collision)
    return `the files ${collision[0]} and ${collision[1]} cannot stand beside each other on every file system`;
  if (!manifest.files.some((file) => file.path === manifest.entry))
    return `the entry ${manifest.entry} is not among the files`;
  return null;
}

function tensorsProblem(manifest: Manifest): string | null {
  const input = repeatedName(manifest.inputs);
  if (input !== null) return `the input ${shortenText(input)} is declared twice`;
  const output = repeatedName(manifest.outputs);
  if (output !== null) return `the output ${shortenText(output)} is declared twice`;
  const spoken = manifest.outputs.find((spec) => spec.default !== undefined);
  if (spoken) return `the output ${shortenText(spoken.name)} has a default, which only inputs have`;
  for (const spec of manifest.inputs) {
    if (spec.default === undefined) continue;
    const parsed = parsePlainInputs(new TextEncoder().encode('{}'), [spec]);
    if (!parsed.ok) return `the default of the input ${shortenText(spec.name)} does not fit: ${parsed.problem.message}`;
  }
  return null;
}

function vectorsProblem(manifest: Manifest): string | null {
  const repeated = repeatedName(manifest.vectors);
  if (repeated !== null) return `two vectors have the name ${repeated}`;
  const inputs = new Set(manifest.inputs.map((spec) => spec.name));
  const outputs = new Set(manifest.outputs.map((spec) => spec.name));
  for (const vector of manifest.vectors) {
    // Readers that look at one of them first would judge by different examples.
    if ('file' in vector && ('inputs' in vector || 'outputs' in vector))
      return `the vector ${vector.name} has a file beside inputs or outputs: it is one or the other`;
    const stray = vector.expected?.find((name) => !outputs.has(name));
    if (stray !== undefined)
      return `the vector ${vector.name} says who answered the output ${shortenText(stray)}, which is not declared`;
    if (new Set(vector.expected).size !== (vector.expected?.length ?? 0))
      return `the vector ${vector.name} names an output under expected twice`;
    if ('file' in vector) {
      if (!manifest.files.some((file) => file.path === vector.file))
        return `the vector ${vector.name} names the file ${vector.file}, which is not among the files`;
      continue;
    }
    const unknownInput = Object.keys(vector.inputs).find((name) => !inputs.has(name));
    if (unknownInput !== undefined)
      return `the vector ${vector.name} gives the input ${shortenText(unknownInput)}, which is not declared`;
    const unknownOutput = Object.keys(vector.outputs).find((name) => !outputs.has(name));
    if (unknownOutput !== undefined)
      return `the vector ${vector.name} expects the output ${shortenText(unknownOutput)}, which is not declared`;
    const unsaid = vector.expected?.find((name) => !Object.hasOwn(vector.outputs, name));
    if (unsaid !== undefined)
      return `the vector ${vector.name} names the output ${shortenText(unsaid)} under expected and has no value of it`;
  }
  return null;
}

function repeatedName(named: readonly { name: string }[]): string | null {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
