import type { Tensor } from '@callable/protocol';
import type { LoadedModel } from '@callable/runtime';
import { inspectRelease, loadAdjudicator, nameRuntime, runTensors, type TensorRun } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { NodeContext } from '../context.ts';

export type AdjudicationContext = Pick<NodeContext, 'adjudicator' | 'config' | 'formats' | 'replicas'>;

export type AdjudicationRequest = {
  /** `wasm`: the answer everybody gets. `native`: the answer this node would give, many times faster. */
  on: 'wasm' | 'native';
  /** The inputs of each run, complete and of the datatypes the manifest declares. */
  inputs: readonly (readonly Tensor[])[];
  /** 32 bytes: with the salt of a receipt the digests are those of the receipt. */
  salt: Uint8Array;
  /** The longest one run may take, milliseconds. Default: what the node allows any call. */
  deadlineMs?: number;
  signal: AbortSignal;
};

export type AdjudicationOutcome =
  | {
      ok: true;
      /** Name, version and hash of what computed. */
      runtime: string;
      /** One for each of the inputs, in order; a run that failed says why and does not end the others. */
      runs: TensorRun[];
    }
  /** The release cannot be run there at all. */
  | { ok: false; reason: string; message: string };

/**
 * Runs inputs of a release again, natively or on the pinned wasm runtime, and gives outputs and digests: what an
 * auditor compares with a receipt. The files must be on this node's disk. On wasm the model is loaded for this call
 * alone; natively the loaded replica answers, or one is loaded and kept.
 */
export async function runAdjudicator(
  context: AdjudicationContext,
  release: CachedRelease,
  request: AdjudicationRequest,
): Promise<AdjudicationOutcome> {
  const { signal } = request;
  if (request.on === 'native') {
    const loaded = await context.replicas.obtain(release, signal);
    if (!loaded.ok) return loaded;
    // Its turn among the calls: a replica nobody waits for may be unloaded at any moment.
    using _turn = await loaded.replica.turns.take(signal);
    return await runAll(context, loaded.replica.model, request);
  }
  const inspection = await inspectRelease(context.formats, release, signal);
  if (!inspection.ok) return inspection;
  const loaded = await loadAdjudicator(context, release, inspection, signal);
  if (!loaded.ok) return loaded;
  await using model = loaded.model;
  return await runAll(context, model, request);
}

async function runAll(
  { config }: AdjudicationContext,
  model: LoadedModel,
  { inputs, salt, deadlineMs = config.runMs, signal }: AdjudicationRequest,
): Promise<AdjudicationOutcome> {
  const runs: TensorRun[] = [];
  for (const each of inputs) runs.push(await runTensors(model, each, { salt, deadlineMs, signal }));
  return { ok: true, runtime: nameRuntime(model.info), runs };
}
