import { type AuditView, CallableError, compareOutputs, lieFactor, type SignedReceipt } from '@callable/protocol';
import type { RunVerdict } from '@callable/runtime';
import { nameRuntime } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { KeptCall } from '../kept-calls/kept-call.ts';
import type { AuditContext } from './audit-context.ts';
import { type AuditFinding, findingOf } from './audit-finding.ts';
import { readCall } from './read-call.ts';
import { rerunCall } from './rerun-call.ts';

/**
 * Runs a call of another node again and says whether the answer it signed is that of the model. The first auditor runs
 * natively; judges run the pinned wasm. What this node cannot do is thrown and becomes no finding.
 */
export async function auditCall(
  context: AuditContext,
  audit: AuditView,
  release: CachedRelease,
  signal: AbortSignal,
): Promise<AuditFinding> {
  const receipt = audit.signed as SignedReceipt;
  const call = await readCall(context, audit.receipt, receipt, signal);
  if (!call)
    return findingOf(audit, {
      reason: 'AnswerNotShown',
      message: 'What the node showed is not the answer it signed: its sha256 is not the response of the receipt.',
    });
  const onWasm = audit.exact || audit.auditClass === 2;
  const found = await compareOn(onWasm ? 'wasm' : 'native', context, audit, release, call, signal);
  if (found.reason !== 'AnswerWrong' || !audit.exact || audit.auditClass !== 1) return found;
  // Where whole numbers hang on a rounding, or the wasm build itself errs, an honest answer is near that of a machine.
  const native = await compareOn('native', context, audit, release, call, signal);
  if (native.reason === 'AnswerWrong') return found;
  const message = 'It is not the answer of the wasm runtime, but that of a native one.';
  return native.reason === 'AnswerConfirmed' ? { ...found, ok: false, reason: 'AnswerDiffers', message } : native;
}

async function compareOn(
  on: 'native' | 'wasm',
  context: AuditContext,
  audit: AuditView,
  release: CachedRelease,
  call: KeptCall,
  signal: AbortSignal,
): Promise<AuditFinding> {
  const receipt = audit.signed as SignedReceipt;
  const { info, verdict } = await rerunCall(on, context, release, call, signal);
  const runtime = nameRuntime(info);
  if (!verdict.ok) return withoutAnswer(audit, verdict, runtime);
  if (verdict.inputDigest !== receipt.inputs)
    return findingOf(audit, {
      reason: 'AnswerNotShown',
      message: 'What the node showed is not what it was asked: the inputs have another digest than the receipt.',
      runtime,
    });
  const { encoding, outputs } = call;
  const { difference, floats } = compareOutputs(verdict.body, outputs, { encoding, manifest: release.manifest });
  const of = `${format(difference)} of the largest value, with ${format(audit.tolerance)} allowed`;
  const tell = (reason: 'AnswerConfirmed' | 'AnswerDiffers' | 'AnswerWrong', message: string) =>
    findingOf(audit, { reason, message, runtime, difference });
  if (audit.auditClass === 2)
    return verdict.outputDigest === receipt.outputs
      ? tell('AnswerConfirmed', 'The same bytes on wasm.')
      : tell('AnswerWrong', 'Other bytes on wasm.');
  if (difference <= audit.tolerance) return tell('AnswerConfirmed', `The answers differ by ${of}.`);
  const isRounding = difference === Number.POSITIVE_INFINITY && floats > 0 && floats <= audit.tolerance;
  if (difference <= lieFactor * audit.tolerance || isRounding)
    return tell('AnswerDiffers', `The answers differ by ${of}.`);
  return tell('AnswerWrong', `The answers differ by ${of}.`);
}

/** The node answered where the model does not; unless that is for want of memory, time or luck on this machine. */
function withoutAnswer(audit: AuditView, verdict: Exclude<RunVerdict, { ok: true }>, runtime: string): AuditFinding {
  if (verdict.kind === 'input')
    return findingOf(audit, {
      reason: 'AnswerNotShown',
      message: 'What the node showed as its inputs are none of this release.',
      runtime,
    });
  if (verdict.reason !== 'RunFailed')
    throw new CallableError('CallFailed', `Running it again failed: ${verdict.message}`);
  return findingOf(audit, {
    reason: 'AnswerWrong',
    message: `The model gives no answer to these inputs: ${verdict.message}`,
    runtime,
  });
}

const format = (share: number) => (Number.isFinite(share) ? share.toExponential(1) : 'more than a share');
