import { createHash } from 'node:crypto';
import { deriveInputs, type StatementBody, type Tensor, tensorDigest } from '@callable/protocol';
import { type LoadedModel, nameRuntime, runTensors, type TensorRun } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import { type StatedFinding, warn } from './check-findings.ts';
import { describeTrouble } from './describe-trouble.ts';
import type { VectorOutcome } from './run-vector.ts';
import { runVectors } from './run-vectors.ts';

export type AdjudicatedRun = { inputs: Tensor[]; outputs: Tensor[] };

/** What a model loaded on the pinned wasm runtime answers, and what it does not. */
export type WasmAnswers = {
  runs: AdjudicatedRun[];
  /** `passed` is left out where not every vector got an answer in time: that says nothing of the vectors. */
  adjudication: NonNullable<StatementBody<'release.validated'>['adjudication']> | null;
  vectors: readonly VectorOutcome[];
  /** Why there are no answers, or none to a vector. */
  finding: StatedFinding | null;
};

export type WasmQuestions = {
  /** What made-up inputs are shaped like. */
  example: Tensor[];
  /** They follow from it, and it salts the digests. */
  seed: Uint8Array;
  /** How long all of it may take, milliseconds. */
  limitMs: number;
};

/** Made-up inputs of one check. Two, so that a model which ignores its input once is seen through. */
const inputCount = 2;

/**
 * Made-up inputs first, then the vectors, as they are. The same on every machine. Rejects when a signal aborts, with one
 * exception: when `patience` aborts while vectors run, what has been answered stands.
 */
export async function answerOnWasm(
  model: LoadedModel,
  release: CachedRelease,
  { example, seed, limitMs }: WasmQuestions,
  { signal, patience }: { signal: AbortSignal; patience: AbortSignal },
): Promise<WasmAnswers> {
  const both = AbortSignal.any([signal, patience]);
  const options = { salt: seed, deadlineMs: limitMs, signal: both };
  const runs: AdjudicatedRun[] = [];
  for (let index = 0; index < inputCount; index++) {
    const { inputs, run } = await runSeeded(model, example, index, options);
    if (!run.ok) return { runs: [], adjudication: null, vectors: [], finding: describeTrouble(run, 'running') };
    runs.push({ inputs, outputs: run.outputs });
  }
  const adjudication = { runtime: nameRuntime(model.info), digest: digestOf(runs, seed), inputs: runs.length };
  const vectors = await runVectors(model, release, options).catch((error: unknown) => {
    signal.throwIfAborted();
    if (patience.aborted) return null;
    throw error;
  });
  if (!vectors) return { runs, adjudication, vectors: [], finding: tooSlow(limitMs) };
  const failures = vectors.flatMap(({ failure }) => failure ?? []);
  if (failures.length === 0) return { runs, adjudication: { ...adjudication, passed: true }, vectors, finding: null };
  // An answer that is not the recorded one is the same everywhere; that none came may be for want of room or time.
  if (failures.some(({ reason }) => judged.includes(reason)))
    return { runs, adjudication: { ...adjudication, passed: false }, vectors, finding: null };
  const [first] = failures as [{ reason: string; message: string }];
  return { runs, adjudication, vectors, finding: describeTrouble(first, 'running') };
}

const judged: readonly string[] = ['VectorFailed', 'SchemaMismatch'];

export const tooSlow = (limitMs: number): StatedFinding =>
  warn('TooSlowForWasm', `The wasm runtime did not finish within ${limitMs / 1000} s.`);

/**
 * One made-up input. A model that looks values up refuses what is not in its table, on every machine alike: then it
 * gets values near those of the example.
 */
async function runSeeded(
  model: LoadedModel,
  example: Tensor[],
  index: number,
  options: { salt: Uint8Array; deadlineMs: number; signal: AbortSignal },
): Promise<{ inputs: Tensor[]; run: TensorRun }> {
  const wide = deriveInputs(example, options.salt, index, 'wide');
  const run = await runTensors(model, wide, options);
  if (run.ok || run.reason !== 'RunFailed') return { inputs: wide, run };
  const narrow = deriveInputs(example, options.salt, index, 'narrow');
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
