import { CallableError, type Digest, type Manifest } from '@callable/protocol';
import { inspectRelease } from '@callable/runtime';
import { bytesOfRelease, type CachedRelease } from '../cache/cached-release.ts';
import type { NodeContext } from '../context.ts';
import { readManifest } from '../releases/read-manifest.ts';
import type { Inspected } from './adjudicate-release.ts';
import type { StatedFinding } from './check-findings.ts';
import { stated } from './stated.ts';

/** A release that is here and may be run, or why nobody may run it: the same on every node. */
export type Brought =
  | { ok: true; release: CachedRelease; inspected: Inspected }
  | { ok: false; reason: string; message: string; findings: StatedFinding[] };

/**
 * Fetches a release and judges its bytes, before anything runs them. What this node cannot do (fetch it, hold it) is
 * thrown as CallableError: it is no word on the release.
 */
export async function bringRelease(
  context: Pick<NodeContext, 'config' | 'hub' | 'formats' | 'cache'>,
  digest: Digest,
  signal: AbortSignal,
): Promise<Brought> {
  const refuse = (reason: string, message: string, findings: StatedFinding[] = []): Brought => ({
    ...{ ok: false, reason, message: message.slice(0, 1000), findings },
  });
  const manifest = await readManifest(context, digest, signal);
  if (manifest.vectors.length === 0)
    return refuse('NoVectors', 'The release has no vector to check an answer against.');
  refuseTooHeavy(context, manifest);
  const release = await context.cache.fetch(digest, manifest, signal);
  const inspection = await inspectRelease(context.formats, release, signal);
  if (!inspection.ok) return refuse(inspection.reason, inspection.message, stated(inspection.findings));
  const { format, summary } = inspection;
  const mismatch = format.describeMismatch(manifest, summary);
  if (mismatch) return refuse('SchemaMismatch', mismatch, stated(summary.findings));
  const loose = manifest.vectors.find(({ checks }) => checks === 'signature');
  if (loose && !summary.flags.random)
    return refuse(
      'VectorTooLoose',
      `The vector ${JSON.stringify(loose.name)} compares no values, which is for models that draw at random. The inspection finds no operator that does.`,
      stated(summary.findings),
    );
  return { ok: true, release, inspected: { format, summary } };
}

function refuseTooHeavy({ config }: Pick<NodeContext, 'config'>, manifest: Manifest): void {
  const { memoryBytes } = manifest.needs;
  if (memoryBytes > config.memoryBytes)
    throw new CallableError(
      'NoNodeFits',
      `The release needs ${memoryBytes} bytes of memory, this node has ${config.memoryBytes}.`,
    );
  const bytes = bytesOfRelease(manifest);
  if (bytes > config.diskBytes)
    throw new CallableError(
      'NoNodeFits',
      `The release has ${bytes} bytes, this node keeps at most ${config.diskBytes}.`,
    );
}
