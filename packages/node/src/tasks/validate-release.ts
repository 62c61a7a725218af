import {
  checkSeed,
  provesOnlySignature,
  roundSeed,
  type StatementBody,
  signatureSentence,
  type Task,
} from '@callable/protocol';
import { peakBytes } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import { type Adjudicated, adjudicateRelease, type Inspected } from '../checks/adjudicate-release.ts';
import { bringRelease } from '../checks/bring-release.ts';
import { checkRelease, type ReleaseChecks } from '../checks/check-release.ts';
import { mayPass } from '../checks/may-pass.ts';
import { refuseOwnLimit } from '../checks/refuse-own-limit.ts';
import { runNatively } from '../checks/run-natively.ts';
import type { VectorOutcome } from '../checks/run-vector.ts';
import { stated } from '../checks/stated.ts';
import type { NodeContext } from '../context.ts';
import { software } from '../join/software.ts';
import type { Replica } from '../replicas/replica.ts';

export type ValidationContext = Pick<
  NodeContext,
  'config' | 'hub' | 'formats' | 'cache' | 'holds' | 'replicas' | 'random' | 'adjudicator' | 'address' | 'log'
>;
type Drawn = Pick<Task, 'release' | 'epoch' | 'round'>;
type Verdict = StatementBody<'release.validated'>;
type Found = Omit<Verdict, 'epoch' | 'round'>;

/**
 * Finds out whether a release does what its manifest says, and keeps it loaded when it does, so that the first probe
 * is answered at once. The verdict is about the release alone: what this node cannot do (fetch it, hold it, give it
 * the memory it asks for) is thrown as CallableError and never becomes a statement.
 */
export async function validateRelease(
  context: ValidationContext,
  { release: digest, epoch, round }: Drawn,
  signal: AbortSignal,
): Promise<Verdict> {
  using _hold = context.holds.hold(digest);
  const brought = await bringRelease(context, digest, signal);
  const said = { epoch, ...(round === undefined ? {} : { round }) };
  if (!brought.ok) return { ...rejected(brought, { findings: brought.findings }), ...said };
  const { release, inspected } = brought;
  // Under the rules of version 1 each node has inputs of its own; in a round all have the same, so that they compare.
  const seed = round === undefined ? checkSeed(digest, context.address, epoch) : roundSeed(digest, round);
  // Awaited here: what holds the files must hold them until the models are gone.
  return { ...(await runRelease(context, release, inspected, seed, signal)), ...said };
}

/** The part that runs the model: on wasm and natively at the same time, since a validation is waited for. */
async function runRelease(
  context: ValidationContext,
  release: CachedRelease,
  inspected: Inspected,
  seed: Uint8Array,
  signal: AbortSignal,
): Promise<Found> {
  const { manifest, digest } = release;
  const done = new AbortController();
  const adjudicating = adjudicateRelease(context, release, inspected, seed, AbortSignal.any([signal, done.signal]));
  // Whoever awaits it below hears of a failure.
  adjudicating.catch(() => {});
  let replica: Replica | null = null;
  try {
    const loaded = await context.replicas.load(release, signal);
    if (!loaded.ok) {
      refuseOwnLimit(context, manifest, loaded.reason);
      return rejected(loaded, checksOf(inspected, await adjudicating));
    }
    replica = loaded.replica;
    const outcomes = await runNatively(context, replica, signal);
    const peak = await peakBytes(replica.model.pid ?? 0);
    const measured = { replica, outcomes, peakBytes: Math.max(replica.peakBytes, peak ?? 0) };
    const failure = outcomes.find((outcome) => outcome.failure)?.failure ?? null;
    if (failure) {
      refuseOwnLimit(context, manifest, failure.reason);
      return verdictOf(measured, failure, checksOf(inspected, await adjudicating));
    }
    const slowest = Math.max(...outcomes.map(({ result }) => result.ms));
    const checks = await checkRelease(replica, inspected, await adjudicating, slowest, signal);
    await context.replicas.keep(replica);
    return verdictOf(measured, null, checks);
  } finally {
    done.abort();
    await adjudicating.catch(() => {});
    if (replica && context.replicas.find(digest) !== replica) await replica[Symbol.asyncDispose]();
  }
}

/** "It failed" is comparable as "it passed" is: whoever says either shows that it ran the model. */
function checksOf({ summary }: Inspected, { adjudication, finding }: Adjudicated): ReleaseChecks {
  return { findings: stated(summary.findings, finding ? [finding] : []), adjudication };
}

function verdictOf(
  { replica, outcomes, peakBytes }: { replica: Replica; outcomes: VectorOutcome[]; peakBytes: number },
  failure: VectorOutcome['failure'],
  checks: ReleaseChecks,
): Found {
  const { runtime, loadMs } = replica;
  const vectors = outcomes.map((outcome) => outcome.result);
  const measured = { runtime, loadMs, peakBytes, vectors, ...checks };
  if (failure) return { ok: false, ...failure, deterministic: !mayPass(failure.reason), ...measured };
  const proof = provesOnlySignature(replica.release.manifest) ? ` ${signatureSentence}` : '';
  const message = `All ${vectors.length} vectors passed with ${runtime.name} ${runtime.version}.${proof}`;
  return { ok: true, reason: 'VectorsPassed', message, deterministic: true, ...measured };
}

function rejected({ reason, message }: { reason: string; message: string }, checks: ReleaseChecks): Found {
  const [name = '', version = ''] = software.split('/');
  return {
    ok: false,
    reason,
    message: message.slice(0, 1000),
    deterministic: !mayPass(reason),
    runtime: { name, version },
    loadMs: 0,
    peakBytes: 0,
    vectors: [],
    ...checks,
  };
}
