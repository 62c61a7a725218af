import { fitsShape } from './check-shape.ts';
import { compareTensors, type Tolerance } from './compare-tensors.ts';
import { quoteName, showShape } from './input-problem.ts';
import { parsePlainInputs } from './parse-plain-inputs.ts';
import type { Tensor, TensorSpec } from './tensor.ts';

/** What a vector says that the model answers: the tensors it names, and how far an answer may lie from them. */
export type Expectation = {
  tensors: readonly Tensor[];
  tolerance: Tolerance;
  outputs: readonly TensorSpec[];
  /** The datatypes and shapes an answer must have where its values are not compared. */
  checks?: 'signature';
};

/**
 * `vector`: nothing can be compared with it, whatever was answered. `schema`: the answer is not what the manifest says.
 * `difference`: it is, but is not what was recorded.
 */
export type VectorFault = 'vector' | 'schema' | 'difference';

export type VectorVerdict = ({ fault: null; message: null } | { fault: VectorFault; message: string }) & {
  /** The largest |answer - recorded|; 0 where all are equal, or nothing could be compared. */
  largestDifference: number;
};

/** The outputs a vector records, by the manifest; a sentence where they cannot be compared with anything. */
export function expectOutputs(
  outputs: readonly TensorSpec[],
  vector: { outputs: Uint8Array | readonly Tensor[]; outputNames: readonly string[]; checks?: 'signature' } & Tolerance,
): Expectation | string {
  const names = new Set(vector.outputNames);
  const expected = recordedTensors(
    vector.outputs,
    outputs.filter(({ name }) => names.has(name)),
  );
  if (typeof expected === 'string') return `Its outputs do not fit the manifest: ${expected}`;
  // Otherwise any answer at all would pass.
  if (expected.length === 0) return 'It expects no output, so nothing can be compared.';
  const { rtol, atol, checks } = vector;
  return { tensors: expected, tolerance: { rtol, atol }, outputs, ...(checks === undefined ? {} : { checks }) };
}

/** What was recorded, as JSON or as tensors; a sentence where it is not what these specs say. */
function recordedTensors(
  recorded: Uint8Array | readonly Tensor[],
  specs: readonly TensorSpec[],
): readonly Tensor[] | string {
  if (recorded instanceof Uint8Array) {
    const parsed = parsePlainInputs(recorded, specs);
    return parsed.ok ? parsed.value : parsed.problem.message;
  }
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  for (const { name, datatype, shape } of recorded) {
    const spec = byName.get(name);
    if (!spec || datatype !== spec.datatype || !fitsShape(shape, spec.shape))
      return `${quoteName(name)} is ${datatype} ${showShape(shape)}, which the manifest does not declare.`;
  }
  return recorded;
}

/**
 * Judges an answer, the JSON of outputs by name, by what a vector expects. The one verdict on which Verified, Reachable
 * and `verify --own-run` stand: three spellings of it would be three networks.
 */
export function judgeVector(expected: Expectation | string, answer: Uint8Array): VectorVerdict {
  if (typeof expected === 'string') return { fault: 'vector', message: expected, largestDifference: 0 };
  const actual = parsePlainInputs(answer, expected.outputs);
  if (!actual.ok) {
    const message = `The answer is not what the manifest says: ${actual.problem.message}`;
    return { fault: 'schema', message, largestDifference: 0 };
  }
  // An axis that the manifest leaves open may have any size: where a shape is drawn too, one run's would be luck again.
  if (expected.checks === 'signature') return { fault: null, message: null, largestDifference: 0 };
  const { worst, reason } = compareTensors(expected.tensors, actual.value, expected.tolerance);
  // A difference that is no finite number is larger than any.
  const largestDifference = worst ? (worst.absolute ?? Number.MAX_VALUE) : 0;
  return reason === null
    ? { fault: null, message: null, largestDifference }
    : { fault: 'difference', message: reason, largestDifference };
}
