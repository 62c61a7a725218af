import {
  compareTensors,
  type Manifest,
  type ModelSummary,
  madeUpExample,
  ownMember,
  parsePlainInputs,
  signatureSentence,
  type Tensor,
  type Tolerance,
} from '@callable/protocol';
import type { LocalModel } from '../models/load-locally.ts';
import { openShape, resolveShapes } from '../models/resolve-shapes.ts';
import type { Candidate } from './choose-example.ts';
import { runFirst } from './run-first.ts';
import type { Recorded } from './write-vector.ts';

export type Recording = Recorded & {
  outputValues: Record<string, unknown>;
  runMs: number;
  peakBytes: number;
  notices: string[];
  /** How the example was made; null for the publisher's own. */
  made: string | null;
};

/**
 * Runs the first candidate the model answers, twice, and keeps its real outputs. The second run shows whether the
 * model answers the same question the same way.
 */
export async function recordVector(
  model: LocalModel,
  candidates: readonly Candidate[],
  { outputs, flags }: Pick<ModelSummary, 'outputs' | 'flags'>,
): Promise<Recording> {
  const { text, how, first } = await runFirst(model, candidates);
  const second = await model.run(text);
  const usual = outputs.some(({ datatype }) => datatype === 'FP16') ? halfTolerance : usualTolerance;
  const outputValues = JSON.parse(first.outputs) as Record<string, unknown>;
  // By the rank that was seen: to scan a nested array one has to know it beforehand.
  const specs = resolveShapes(
    outputs.map((value) => ({ ...value, rankKnown: false })),
    (name) => openShape(ownMember(outputValues, name)),
  );
  // Two runs that agree by luck, or nearly, would make one throw of the dice the right answer.
  const measured = flags.random
    ? usual
    : measureTolerance(readTensors(first.outputs, specs), readTensors(second.outputs, specs), usual);
  return {
    name: how === null ? 'example' : madeUpExample,
    inputs: text,
    made: how,
    outputs: first.outputs,
    tolerance: measured ?? usual,
    ...(flags.random ? { checks: 'signature' as const } : {}),
    outputValues,
    // The first run of a model pays for what later ones reuse.
    runMs: second.runMs,
    peakBytes: await model.peakBytes(),
    notices: flags.random ? [signatureSentence] : noticesOf(measured, usual),
  };
}

/** Room for another CPU and another build of the runtime: sums in another order, fused operations. */
const usualTolerance: Tolerance = { rtol: 1e-3, atol: 1e-5 };
/** FP16 has 11 bits: one rounding more or less is already 1e-3. */
const halfTolerance: Tolerance = { rtol: 1e-2, atol: 1e-3 };

function readTensors(outputs: string, specs: Manifest['outputs']): Tensor[] {
  const verdict = parsePlainInputs(new TextEncoder().encode(outputs), specs);
  if (verdict.ok) return verdict.value;
  throw new Error(`The runner wrote an output that cannot be read back: ${verdict.problem.message}`);
}

/**
 * The usual tolerance, a wider one where two runs on one machine call for it, or null where they differ in what no
 * tolerance covers: shapes, whole numbers, texts.
 */
function measureTolerance(first: Tensor[], second: Tensor[], usual: Tolerance): Tolerance | null {
  const verdict = compareTensors(first, second, usual);
  if (verdict.ok) return usual;
  const apart = verdict.worst?.absolute ?? null;
  if (apart === null) return null;
  // Two runs show only part of the spread.
  const wider = { rtol: usual.rtol, atol: Math.min(1e6, apart * 4) };
  return compareTensors(first, second, wider).ok ? wider : null;
}

function noticesOf(measured: Tolerance | null, usual: Tolerance): string[] {
  if (measured === usual) return [];
  const differs = 'The model answers the same input differently each time';
  return measured === null
    ? [`${differs}, in ways no tolerance covers: nodes will not be able to verify it.`]
    : [`${differs}; its vector allows for that (absolute tolerance ${Number(measured.atol.toPrecision(2))}).`];
}
