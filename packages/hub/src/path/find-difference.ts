import { compareTensors, type Manifest, parsePlainInputs, type VectorBytes } from '@callable/protocol';

/** What is wrong with these outputs of a vector's inputs, or null when they are right within its tolerance. */
export function findDifference(manifest: Manifest, vector: VectorBytes, outputs: Uint8Array): string | null {
  const recorded = manifest.outputs.filter((spec) => vector.outputNames.includes(spec.name));
  const expected = parsePlainInputs(vector.outputs, recorded);
  const actual = parsePlainInputs(outputs, manifest.outputs);
  if (!expected.ok) return `The recorded output cannot be read: ${expected.problem.message}`;
  if (!actual.ok) return `The answered output cannot be read: ${actual.problem.message}`;
  const verdict = compareTensors(expected.value, actual.value, vector);
  return verdict.ok ? null : `The answer differs from the recorded output: ${verdict.reason}`;
}
