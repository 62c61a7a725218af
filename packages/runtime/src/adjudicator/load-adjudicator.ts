import { posix } from 'node:path';
import type { Inspection } from '../releases/inspect-release.ts';
import type { ReleaseOnDisk } from '../releases/release-on-disk.ts';
import type { LoadVerdict, ModelLimits, Runtime } from '../runtime.ts';

type AdjudicatorContext = { adjudicator: Runtime; config: Pick<ModelLimits, 'loadMs' | 'runMs'> };

/**
 * Loads an inspected release into the runtime whose answers settle disputes about its format, in a process of its own
 * behind the same fence as any runner. A model it cannot run is no worse for it: it only has no canonical answers. The
 * caller disposes the model.
 */
export async function loadAdjudicator(
  { adjudicator, config }: AdjudicatorContext,
  release: ReleaseOnDisk,
  { format, summary }: Pick<Extract<Inspection, { ok: true }>, 'format' | 'summary'>,
  signal: AbortSignal,
): Promise<LoadVerdict> {
  if (format.adjudicate === null) {
    const message = `Nothing gives canonical answers for the format ${format.name}.`;
    return { ok: false, reason: 'UnsupportedFormat', message };
  }
  const { manifest, directory, digest } = release;
  const { entry, inputs, outputs } = manifest;
  const folder = posix.dirname(entry);
  const sizes = new Map(manifest.files.map(({ path, size }) => [path, size]));
  const sizeOf = (path: string) => sizes.get(path) ?? 0;
  const bytes = {
    model: sizeOf(entry),
    companions: summary.companions.reduce((sum, path) => sum + sizeOf(posix.join(folder, path)), 0),
  };
  const limits = {
    // What the process takes beside the engine's own memory: the files, as they were read.
    memoryBytes: 2 ** 30 + 2 * (bytes.model + bytes.companions),
    loadMs: config.loadMs,
    runMs: config.runMs,
  };
  const externalFiles = summary.companions;
  const source = { digest, engine: format.adjudicate, directory, entry, externalFiles, bytes, inputs, outputs, limits };
  return adjudicator.load(source, { signal });
}
