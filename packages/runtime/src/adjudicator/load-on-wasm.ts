import type { ModelSummary } from '@callable/formats';
import type { Manifest } from '@callable/protocol';
import type { LoadVerdict, ModelLimits, Runtime } from '../runtime.ts';

type AdjudicatorContext = { adjudicator: Runtime; config: Pick<ModelLimits, 'loadMs' | 'runMs'> };

/** A release whose files lie in a directory of its own, under their own paths. */
type PlacedRelease = { readonly digest: string; readonly manifest: Manifest; readonly directory: string };

/** The file is copied into the module's memory and read there into structures of its own: 2 GiB hold this much. */
const largestModelBytes = 2 ** 29;
/** Weights in files of their own are copied once. */
const largestWeightBytes = 2 ** 30;

/**
 * Loads a release into the pinned wasm runtime, from bytes, in a process of its own behind the same fence as a native
 * runner. A model it cannot run is no worse for it: it only has no canonical answers. The caller disposes the model.
 */
export async function loadOnWasm(
  { adjudicator, config }: AdjudicatorContext,
  release: PlacedRelease,
  summary: Pick<ModelSummary, 'externalFiles'>,
  signal: AbortSignal,
): Promise<LoadVerdict> {
  const { manifest, directory, digest } = release;
  const sizes = new Map(manifest.files.map(({ path, size }) => [path, size]));
  const modelBytes = sizes.get(manifest.entry) ?? 0;
  const externalFiles = [...new Set(summary.externalFiles.map(({ location }) => location))];
  const weightBytes = summary.externalFiles.reduce((sum, { length }) => sum + length, 0);
  if (modelBytes > largestModelBytes || weightBytes > largestWeightBytes) {
    const message = `The model has ${modelBytes + weightBytes} bytes, more than the wasm runtime has room for.`;
    return { ok: false, reason: 'OutOfMemory', message };
  }
  const limits = {
    // What the process takes beside the module's own memory: the files, as they were read.
    memoryBytes: 2 ** 30 + 2 * (modelBytes + weightBytes),
    loadMs: config.loadMs,
    runMs: config.runMs,
  };
  const { entry, inputs, outputs } = manifest;
  return adjudicator.load({ digest, directory, entry, externalFiles, inputs, outputs, limits }, { signal });
}
