import { CallableError, type Digest, type Manifest, type StatementBody } from '@callable/protocol';
import { inspectRelease, peakBytes } from '@callable/runtime';
import { bytesOfRelease, type CachedRelease } from '../cache/cached-release.ts';
import { adjudicateRelease, type Inspected } from '../checks/adjudicate-release.ts';
import { checkRelease, type ReleaseChecks, stated } from '../checks/check-release.ts';
import type { NodeContext } from '../context.ts';
import { software } from '../join/software.ts';
import { readManifest } from '../releases/read-manifest.ts';
import { memoryLimitOf, type Replica } from '../replicas/replica.ts';
import { runVector, type VectorOutcome } from './run-vector.ts';

export type ValidationContext = Pick<
  NodeContext,
  'config' | 'hub' | 'formats' | 'cache' | 'holds' | 'replicas' | 'random' | 'adjudicator' | 'address' | 'log'
>;
type Verdict = StatementBody<'release.validated'>;

/**
 * Finds out whether a release does what its manifest says, and keeps it loaded when it does, so that the first probe
 * is answered at once. The verdict is about the release alone: what this node cannot do (fetch it, hold it, give it
 * the memory it asks for) is thrown as CallableError and never becomes a statement.
 */
export async function validateRelease(
  context: ValidationContext,
  digest: Digest,
  epoch: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const manifest = await readManifest(context, digest, signal);
  if (manifest.vectors.length === 0)
    return rejected(epoch, 'NoVectors', 'The release has no vector to check an answer against.');
  refuseTooHeavy(context, manifest);

  using _hold = context.holds.hold(digest);
  const release = await context.cache.fetch(digest, manifest, signal);
  const inspection = await inspectRelease(context.formats, release, signal);
  if (!inspection.ok) return rejected(epoch, inspection.reason, inspection.message, stated(inspection.findings));
  const { format, summary } = inspection;
  const mismatch = format.describeMismatch(manifest, summary);
  if (mismatch) return rejected(epoch, 'SchemaMismatch', mismatch, stated(summary.findings));
  // Awaited here: what holds the files must hold them until the models are gone.
  return await runRelease(context, release, inspection, epoch, signal);
}

/** The part that runs the model: on wasm and natively at the same time, since a validation is waited for. */
async function runRelease(
  context: ValidationContext,
  release: CachedRelease,
  inspected: Inspected,
  epoch: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const { manifest, digest } = release;
  const { summary } = inspected;
  const done = new AbortController();
  const adjudicating = adjudicateRelease(context, release, inspected, epoch, AbortSignal.any([signal, done.signal]));
  // Whoever awaits it below hears of a failure.
  adjudicating.catch(() => {});
  let replica: Replica | null = null;
  try {
    const loaded = await context.replicas.load(release, signal);
    if (!loaded.ok) {
      refuseOwnLimit(context, manifest, loaded.reason);
      return rejected(epoch, loaded.reason, loaded.message, stated(summary.findings));
    }
    replica = loaded.replica;
    const outcomes = await runVectors(context, replica, signal);
    const peak = await peakBytes(replica.model.pid ?? 0);
    const measured = { replica, outcomes, peakBytes: Math.max(replica.peakBytes, peak ?? 0) };
    const failure = outcomes.find((outcome) => outcome.failure)?.failure ?? null;
    if (failure) {
      refuseOwnLimit(context, manifest, failure.reason);
      return verdictOf(epoch, measured, failure, { findings: stated(summary.findings) });
    }
    const slowest = Math.max(...outcomes.map(({ result }) => result.ms));
    const checks = await checkRelease(replica, inspected, await adjudicating, slowest, signal);
    await context.replicas.keep(replica);
    return verdictOf(epoch, measured, null, checks);
  } finally {
    done.abort();
    await adjudicating.catch(() => {});
    if (replica && context.replicas.find(digest) !== replica) await replica[Symbol.asyncDispose]();
  }
}

async function runVectors(context: ValidationContext, replica: Replica, signal: AbortSignal): Promise<VectorOutcome[]> {
  const outcomes: VectorOutcome[] = [];
  for (const vector of replica.release.manifest.vectors) {
    const outcome = await runVector(context, replica, vector, signal);
    outcomes.push(outcome);
    // After a timeout or a crash there is no process left for the others.
    if (outcome.failure && mayPass.has(outcome.failure.reason)) break;
  }
  return outcomes;
}

/** Reasons that a busy or small machine can cause: another try on the same bytes could end otherwise. */
const mayPass = new Set(['OutOfMemory', 'TimedOut', 'RunnerDied']);

function refuseTooHeavy({ config }: ValidationContext, manifest: Manifest): void {
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

/** Out of memory within less than a larger node would give says something about this node, not about the release. */
function refuseOwnLimit({ config }: ValidationContext, manifest: Manifest, reason: string): void {
  const limit = memoryLimitOf(manifest, config.memoryBytes);
  if (reason !== 'OutOfMemory' || limit === memoryLimitOf(manifest, Number.POSITIVE_INFINITY)) return;
  throw new CallableError('NoNodeFits', `The release did not fit in the ${limit} bytes of memory this node has.`);
}

function verdictOf(
  epoch: number,
  { replica, outcomes, peakBytes }: { replica: Replica; outcomes: VectorOutcome[]; peakBytes: number },
  failure: VectorOutcome['failure'],
  checks: ReleaseChecks,
): Verdict {
  const { runtime, loadMs } = replica;
  const vectors = outcomes.map((outcome) => outcome.result);
  const measured = { epoch, runtime, loadMs, peakBytes, vectors, ...checks };
  if (failure) return { ok: false, ...failure, deterministic: !mayPass.has(failure.reason), ...measured };
  const message = `All ${vectors.length} vectors passed with ${runtime.name} ${runtime.version}.`;
  return { ok: true, reason: 'VectorsPassed', message, deterministic: true, ...measured };
}

function rejected(
  epoch: number,
  reason: string,
  message: string,
  findings: NonNullable<Verdict['findings']> = [],
): Verdict {
  const [name = '', version = ''] = software.split('/');
  return {
    ok: false,
    reason,
    message: message.slice(0, 1000),
    deterministic: !mayPass.has(reason),
    epoch,
    runtime: { name, version },
    loadMs: 0,
    peakBytes: 0,
    vectors: [],
    findings,
  };
}
