import { deriveInputs, measureSpread } from '@callable/protocol';
import type { LoadedModel } from '@callable/runtime';
import { runTensors, type TensorRun } from '@callable/runtime';
import type { Adjudicated } from './adjudicate-release.ts';
import { type StatedFinding, warn } from './check-findings.ts';

export type RuntimeComparison = {
  /** Largest share by which a native answer left the canonical one; null when none was compared, or none says it. */
  spread: number | null;
  /** Whether the same input gave the same answer twice. */
  converges: boolean;
  findings: StatedFinding[];
};

/** Apart by more than this, a tolerance would let the cheapest cheat through. */
const widestSpread = 5e-6;

/**
 * The made-up inputs once more, natively: how far the runtimes lie apart, and whether the model gives one input one
 * answer. Ends at the first crash: the process is gone, and there is nothing left to compare.
 */
export async function compareRuntimes(
  model: LoadedModel,
  { seed, example, runs }: Adjudicated,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<RuntimeComparison> {
  const options = { salt: seed, deadlineMs, signal };
  const findings: StatedFinding[] = [];
  // Without canonical answers the model still has to survive one input nobody chose.
  const inputs =
    runs.length > 0 ? runs.map((run) => run.inputs) : example ? [deriveInputs(example, seed, 0, 'narrow')] : [];
  let spread: number | null = null;
  let converges = true;
  for (const [index, each] of inputs.entries()) {
    const run = await runTensors(model, each, options);
    const reference = runs[index];
    if (!run.ok) {
      findings.push(...findingsOf(run, reference !== undefined));
      return { spread: null, converges, findings };
    }
    if (reference) spread = Math.max(spread ?? 0, measureSpread(reference.outputs, run.outputs));
    if (index > 0) continue;
    const again = await runTensors(model, each, options);
    if (again.ok && again.outputDigest === run.outputDigest) continue;
    converges = false;
    findings.push(warn('AnswersVary', 'The same input gave two different answers, so answers cannot be audited.'));
  }
  if (spread !== null && spread > widestSpread) findings.push(disagreement(spread));
  return { spread: spread !== null && Number.isFinite(spread) ? spread : null, converges, findings };
}

function disagreement(spread: number): StatedFinding {
  const how = Number.isFinite(spread) ? `by ${spread.toExponential(1)} of the largest value` : 'in more than rounding';
  return warn('RuntimesDisagree', `The native and the wasm runtime differ ${how}; only the latter settles a dispute.`);
}

function findingsOf(run: Extract<TensorRun, { ok: false }>, wasmAnswers: boolean): StatedFinding[] {
  if (run.reason === 'RunnerDied') return [warn('CrashesOnSeededInput', run.message)];
  if (run.reason === 'TimedOut') return [warn('HangsOnSeededInput', run.message)];
  // Refusing an input is an honest answer, unless the same input has one on wasm.
  return wasmAnswers ? [warn('RuntimesDisagree', `Only the wasm runtime answers a made-up input: ${run.message}`)] : [];
}
