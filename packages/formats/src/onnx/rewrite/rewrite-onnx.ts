import type { ByteSource } from '../../bytes-source.ts';
import type { Rewrite, RewriteOptions } from '../../format.ts';
import type { RewriteStep } from './rewrite-step.ts';
import { rewriteZipMap } from './rewrite-zip-map.ts';

/** Each sees the model as the one before it left it. */
const steps: readonly RewriteStep[] = [rewriteZipMap];

/** What publish changes in a model: sources over sources, so that whoever writes the result reads the file once. */
export async function rewriteOnnx(source: ByteSource, options: RewriteOptions): Promise<Rewrite> {
  const notices: string[] = [];
  const labels = new Map<string, string[]>();
  let changed = source;
  for (const step of steps) {
    const rewritten = await step(changed, options);
    if (!rewritten) continue;
    changed = rewritten.source;
    notices.push(rewritten.notice);
    for (const [output, names] of rewritten.labels ?? []) labels.set(output, names);
  }
  return { changed: changed !== source, source: changed, notices, labels };
}
