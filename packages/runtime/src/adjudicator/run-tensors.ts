import type { Tensor } from '@callable/protocol';
import { decodeRawTensors, encodeRawTensors } from '../channel/raw-tensors.ts';
import type { LoadedModel, RunReason } from '../runtime.ts';

export type TensorRun =
  | { ok: true; outputs: Tensor[]; inputDigest: string; outputDigest: string; runMs: number }
  | { ok: false; reason: RunReason; message: string };

export type RunOptions = {
  /** 32 bytes for both digests, the same that a receipt's salt is for. */
  salt: Uint8Array;
  deadlineMs: number;
  signal: AbortSignal;
};

/** One run of a loaded model on tensors as they are, bit by bit. Rejects only when the signal aborts. */
export async function runTensors(
  model: LoadedModel,
  inputs: readonly Tensor[],
  { salt, deadlineMs, signal }: RunOptions,
): Promise<TensorRun> {
  const call = { encoding: 'raw' as const, body: encodeRawTensors(inputs), salt };
  const verdict = await model.run(call, { deadlineMs, signal });
  if (verdict.ok) {
    const { inputDigest, outputDigest, runMs } = verdict;
    return { ok: true, outputs: decodeRawTensors(verdict.body), inputDigest, outputDigest, runMs };
  }
  if (verdict.kind === 'model') return { ok: false, reason: verdict.reason, message: verdict.message };
  return { ok: false, reason: 'RunFailed', message: verdict.problem.message };
}
