import { createHash } from 'node:crypto';
import { checkSeed, deriveInputs, type StatementBody, type Tensor, tensorDigest } from '@callable/protocol';
import {
  type Inspection,
  type LoadedModel,
  loadAdjudicator,
  nameRuntime,
  runTensors,
  type TensorRun,
} from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { NodeContext } from '../context.ts';
import { type StatedFinding, warn } from './check-findings.ts';
import { readExample } from './read-example.ts';

export type AdjudicatedRun = { inputs: Tensor[]; outputs: Tensor[] };

/** What the pinned wasm runtime made of a release, or the finding that says why it made nothing. */
export type Adjudicated = {
  seed: Uint8Array;
  /** What made-up inputs are shaped like; null when the first vector could not be read. */
  example: Tensor[] | null;
  runs: AdjudicatedRun[];
  adjudication: NonNullable<StatementBody<'release.validated'>['adjudication']> | null;
  finding: StatedFinding | null;
};

/** What the inspection found. */
export type Inspected = Pick<Extract<Inspection, { ok: true }>, 'format' | 'summary'>;

export type AdjudicateContext = Pick<NodeContext, 'adjudicator' | 'config' | 'address' | 'log'>;

/** Made-up inputs of one check. Two, so that a model which ignores its input once is seen through. */
const inputCount = 2;
/** Loading and all runs, milliseconds: a check must not cost a node more than the model's own vectors may. */
const wasmMs = 20_000;

/**
 * Runs a release on the pinned wasm runtime with inputs that follow from the release, this node and the epoch. The
 * digest of the answers is the same on every machine, so anybody can compute it again, and nobody knows it without
 * having run the model. Rejects only when the signal aborts.
 */
export async function adjudicateRelease(
  context: AdjudicateContext,
  release: CachedRelease,
  inspected: Inspected,
  epoch: number,
  signal: AbortSignal,
): Promise<Adjudicated> {
  const seed = checkSeed(release.digest, context.address, epoch);
  const example = await readExample(release);
  const nothing = { seed, example, runs: [], adjudication: null };
  // Where a format has nothing to settle disputes, there is nothing to warn of.
  if (!example || !inspected.format.adjudicate || !inspected.format.checks.seeded) return { ...nothing, finding: null };

  const patience = AbortSignal.timeout(wasmMs);
  const tooSlow = warn('TooSlowForWasm', `The wasm runtime did not finish within ${wasmMs / 1000} s.`);
  try {
    const both = AbortSignal.any([signal, patience]);
    const loaded = await loadAdjudicator(context, release, inspected, both);
    if (!loaded.ok) return { ...nothing, finding: findingOf(loaded, 'loading') };
    await using model = loaded.model;
    const runs: AdjudicatedRun[] = [];
    for (let index = 0; index < inputCount; index++) {
      const { inputs, run } = await runSeeded(model, example, seed, index, both);
      if (!run.ok) return { ...nothing, finding: findingOf(run, 'running') };
      runs.push({ inputs, outputs: run.outputs });
    }
    const adjudication = { runtime: nameRuntime(model.info), digest: digestOf(runs, seed), inputs: runs.length };
    return { seed, example, runs, adjudication, finding: null };
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted) return { ...nothing, finding: tooSlow };
    context.log.error({ err: error }, 'the wasm runtime cannot be started here');
    return { ...nothing, finding: warn('NoWasmHere', 'This node could not start the wasm runtime.') };
  }
}

/**
 * One made-up input. A model that looks values up refuses what is not in its table, on every machine alike: then it
 * gets values near those of the example.
 */
async function runSeeded(
  model: LoadedModel,
  example: Tensor[],
  seed: Uint8Array,
  index: number,
  signal: AbortSignal,
): Promise<{ inputs: Tensor[]; run: TensorRun }> {
  const options = { salt: seed, deadlineMs: wasmMs, signal };
  const wide = deriveInputs(example, seed, index, 'wide');
  const run = await runTensors(model, wide, options);
  if (run.ok || run.reason !== 'RunFailed') return { inputs: wide, run };
  const narrow = deriveInputs(example, seed, index, 'narrow');
  return { inputs: narrow, run: await runTensors(model, narrow, options) };
}

/** The canonical digest of all outputs, each named `<index of its input>/<name>`, salted with the seed. */
function digestOf(runs: readonly AdjudicatedRun[], seed: Uint8Array): string {
  const named = runs.flatMap(({ outputs }, index) =>
    outputs.map((tensor) => ({ ...tensor, name: `${index}/${tensor.name}` })),
  );
  const hash = createHash('sha256');
  tensorDigest(named, seed, hash);
  return hash.digest('hex');
}

function findingOf({ reason, message }: { reason: string; message: string }, doing: string): StatedFinding {
  switch (reason) {
    case 'TimedOut':
      return warn('TooSlowForWasm', `The wasm runtime was given up ${doing} the model: ${message}`);
    case 'OutOfMemory':
      return warn('TooLargeForWasm', `The wasm runtime had no room for the model: ${message}`);
    case 'RunnerDied':
      return warn('CrashesOnWasm', `The wasm runtime ended ${doing} the model: ${message}`);
    default:
      return warn('NotRunnableOnWasm', `The wasm runtime cannot answer for this model: ${message}`);
  }
}
