import { endWithin, type Tensor } from '@callable/protocol';
import { type Inspection, loadAdjudicator } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { NodeContext } from '../context.ts';
import { answerOnWasm, tooSlow, type WasmAnswers } from './answer-on-wasm.ts';
import { warn } from './check-findings.ts';
import { describeTrouble } from './describe-trouble.ts';
import { readExample } from './read-example.ts';

/** What the pinned wasm runtime made of a release, or the finding that says why it made nothing. */
export type Adjudicated = WasmAnswers & {
  seed: Uint8Array;
  /** What made-up inputs are shaped like; null when the first vector could not be read. */
  example: Tensor[] | null;
};

/** What the inspection found. */
export type Inspected = Pick<Extract<Inspection, { ok: true }>, 'format' | 'summary'>;

export type AdjudicateContext = Pick<NodeContext, 'adjudicator' | 'config' | 'log'>;

/** Loading and all runs, milliseconds: a check must not cost a node more than the model's own vectors may. */
const wasmMs = 20_000;

/**
 * Runs a release on the pinned wasm runtime: inputs that follow from the seed, and its vectors. The digest of the answers
 * is the same on every machine, so anybody can compute it again, and nobody knows it without having run the model.
 * Rejects only when the signal aborts.
 */
export async function adjudicateRelease(
  context: AdjudicateContext,
  release: CachedRelease,
  { format, summary }: Inspected,
  seed: Uint8Array,
  signal: AbortSignal,
): Promise<Adjudicated> {
  const example = await readExample(release);
  const nothing = { seed, example, runs: [], adjudication: null, vectors: [] };
  // Where a format has nothing to settle disputes, there is nothing to warn of. Of dice the inspection has warned.
  if (!example || !format.adjudicate || !format.checks.seeded || summary.flags.random)
    return { ...nothing, finding: null };

  const patience = endWithin(wasmMs);
  try {
    const loaded = await loadAdjudicator(context, release, { format, summary }, AbortSignal.any([signal, patience]));
    if (!loaded.ok) return { ...nothing, finding: describeTrouble(loaded, 'loading') };
    await using model = loaded.model;
    const questions = { example, seed, limitMs: wasmMs };
    return { seed, example, ...(await answerOnWasm(model, release, questions, { signal, patience })) };
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted) return { ...nothing, finding: tooSlow(wasmMs) };
    context.log.error({ err: error }, 'the wasm runtime cannot be started here');
    return { ...nothing, finding: warn('NoWasmHere', 'This node could not start the wasm runtime.') };
  }
}
