import {
  type Address,
  CallableError,
  canonicalJson,
  type Digest,
  type Manifest,
  type ManifestFile,
  parseManifest,
  type Vector,
} from '@callable/protocol';

/** A manifest before its vectors are known. */
export type Draft = Omit<Manifest, 'vectors'>;

export type DraftParts = Pick<Manifest, 'name' | 'version' | 'format' | 'inputs' | 'outputs' | 'needs'> & {
  publisher: Address;
  files: ManifestFile[];
  entry: string;
  written: Pick<Manifest, 'title' | 'summary' | 'license' | 'task' | 'tags'>;
};

export function draftManifest({ written, ...parts }: DraftParts): Draft {
  const { publisher, name, version, ...rest } = parts;
  return { schema: 'callable.manifest/v1', publisher, name, version, ...written, ...rest, price: null };
}

/** The whole manifest and its digest; throws ManifestInvalid where the publisher's own words do not fit. */
export function completeManifest(
  draft: Draft,
  vectors: Vector[],
  vectorFiles: readonly ManifestFile[],
): { manifest: Manifest; digest: Digest } {
  const manifest = { ...draft, files: [...draft.files, ...vectorFiles], vectors };
  const verdict = parseManifest(manifest);
  if (!verdict.ok) throw new CallableError('ManifestInvalid', `The manifest cannot be published: ${verdict.message}.`);
  return { manifest: verdict.manifest, digest: verdict.digest };
}

/**
 * Whether a published manifest says the same as this draft. What was measured (outputs of vectors, tolerances, memory) may
 * differ: two runs of one model rarely agree to the last bit, and that is no reason for a new version.
 */
export function saysTheSame(published: Manifest, draft: Draft): boolean {
  const vectorFiles = new Set(published.vectors.flatMap((vector) => ('file' in vector ? [vector.file] : [])));
  const { vectors: _, ...rest } = published;
  const files = rest.files.filter((file) => !vectorFiles.has(file.path));
  const { memoryBytes, abilities } = rest.needs;
  const needs = { ...draft.needs, memoryBytes, ...(abilities ? { abilities } : {}) };
  return canonicalJson({ ...rest, files }) === canonicalJson({ ...draft, needs });
}
