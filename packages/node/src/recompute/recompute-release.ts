import {
  CallableError,
  provesOnlySignature,
  roundSeed,
  type StatementBody,
  signatureSentence,
  type Task,
} from '@callable/protocol';
import type { CachedRelease } from '../cache/cached-release.ts';
import { bringRelease } from '../checks/bring-release.ts';
import { mayPass } from '../checks/may-pass.ts';
import { refuseOwnLimit } from '../checks/refuse-own-limit.ts';
import { runNatively } from '../checks/run-natively.ts';
import type { NodeContext } from '../context.ts';
import { software } from '../join/software.ts';
import { answerTwice, type ExactAnswer, type NoExactAnswer } from './answer-twice.ts';

type RecomputeContext = Pick<
  NodeContext,
  'config' | 'hub' | 'formats' | 'cache' | 'holds' | 'replicas' | 'random' | 'adjudicator'
>;
type Recomputed = StatementBody<'release.recomputed'>;
type Found = Omit<Recomputed, 'epoch' | 'round'>;

/**
 * Runs vectors and made-up inputs of a round again: on wasm twice, natively once. Equal answers on wasm decide; where wasm
 * gives none this node's own native run does. What this node cannot do (fetch it, give it memory or time) is thrown as
 * CallableError: it is no word on anybody.
 */
export async function recomputeRelease(
  context: RecomputeContext,
  { release: digest, epoch, round }: Pick<Task, 'release' | 'epoch'> & { round: string },
  signal: AbortSignal,
): Promise<Recomputed> {
  using _hold = context.holds.hold(digest);
  const brought = await bringRelease(context, digest, signal);
  if (!brought.ok) {
    const { reason, message } = brought;
    return { ok: false, reason, message, epoch, round, runtime: self, adjudication: null, agrees: true };
  }
  const { release, inspected } = brought;
  const native = await judgeNatively(context, release, signal);
  const seed = roundSeed(digest, round);
  const exact = await answerTwice(context, release, inspected, seed, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new CallableError('LoadFailed', 'This node could not start the wasm runtime.', { cause });
  });
  return { ...(exact.ok ? decideOnWasm(exact, native) : decideNatively(exact, native)), epoch, round };
}

type NativeVerdict = Pick<Found, 'ok' | 'reason' | 'message' | 'runtime'>;

const [name = '', version = ''] = software.split('/');
const self = { name, version };

async function judgeNatively(
  context: RecomputeContext,
  release: CachedRelease,
  signal: AbortSignal,
): Promise<NativeVerdict> {
  const loaded = await context.replicas.load(release, signal);
  if (!loaded.ok) {
    refuseOwnLimit(context, release.manifest, loaded.reason);
    return { ok: false, reason: loaded.reason, message: loaded.message, runtime: self };
  }
  await using replica = loaded.replica;
  const { runtime } = replica;
  const outcomes = await runNatively(context, replica, signal);
  const failure = outcomes.find((outcome) => outcome.failure)?.failure;
  if (failure) refuseOwnLimit(context, release.manifest, failure.reason);
  const proof = provesOnlySignature(release.manifest) ? ` ${signatureSentence}` : '';
  const message = `All ${outcomes.length} vectors passed with ${runtime.name} ${runtime.version}.${proof}`;
  return { ...(failure ? { ok: false, ...failure } : { ok: true, reason: 'VectorsPassed', message }), runtime };
}

function decideOnWasm({ adjudication, info, failure }: ExactAnswer, native: NativeVerdict): Found {
  const runtime = { name: info.runtime, version: info.version };
  // A native run that had no room or no time came to no verdict.
  const agrees = native.ok === adjudication.passed && !mayPass(native.reason);
  if (failure) return { ok: false, ...failure, runtime, adjudication, agrees };
  const message = `All vectors passed, twice, on ${adjudication.runtime}.`;
  return { ok: true, reason: 'VectorsPassed', message, runtime, adjudication, agrees };
}

function decideNatively({ why }: NoExactAnswer, native: NativeVerdict): Found {
  if (mayPass(native.reason))
    throw new CallableError('LoadFailed', `Neither run came to a verdict here: ${native.message} On wasm: ${why}`);
  const message = `${native.message} By a native run alone: ${why}`.slice(0, 1000);
  return { ...native, message, adjudication: null, agrees: true };
}
