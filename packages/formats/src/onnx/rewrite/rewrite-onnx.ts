import type { ByteSource } from '../../bytes-source.ts';
import type { Rewrite, RewriteOptions } from '../../format.ts';
import { liftDefaults } from './lift-defaults.ts';
import { lowerVersions } from './lower-versions.ts';
import type { RewriteStep } from './rewrite-step.ts';
import { rewriteZipMap } from './rewrite-zip-map.ts';
import { stripMetadata } from './strip-metadata.ts';

/** Each sees the model as the one before it left it; only the last can say what the written file must be. */
const steps: readonly RewriteStep[] = [lowerVersions, rewriteZipMap, liftDefaults, stripMetadata];

/** What publish changes in a model: sources over sources, so that whoever writes the result reads the file once. */
export async function rewriteOnnx(source: ByteSource, options: RewriteOptions): Promise<Rewrite> {
  const notices: string[] = [];
  const labels = new Map<string, string[]>();
  const defaults = new Map<string, unknown>();
  let changed = source;
  let compare: Rewrite['compare'] = null;
  for (const step of steps) {
    const rewritten = await step(changed, options);
    if (!rewritten) continue;
    changed = rewritten.source;
    compare = rewritten.compare ?? null;
    notices.push(rewritten.notice);
    for (const [output, names] of rewritten.labels ?? []) labels.set(output, names);
    for (const [input, value] of rewritten.defaults ?? []) defaults.set(input, value);
  }
  return { changed: changed !== source, source: changed, notices, labels, defaults, compare };
}
