import { compareTensors, type Manifest, parsePlainInputs } from '@callable/protocol';
import type { ReadVector } from './read-vector.ts';

/** What is wrong with these outputs of a vector's inputs, or null when they are right within its tolerance. */
export function findDifference(
  manifest: Manifest,
  vector: ReadVector,
  outputs: Record<string, unknown>,
): string | null {
  const specs = manifest.outputs.filter((spec) => Object.hasOwn(vector.outputs, spec.name));
  const missing = specs.find((spec) => !Object.hasOwn(outputs, spec.name));
  if (missing) return `The answer has no output ${missing.name}.`;
  const pick = (from: Record<string, unknown>) =>
    parsePlainInputs(
      new TextEncoder().encode(JSON.stringify(Object.fromEntries(specs.map((spec) => [spec.name, from[spec.name]])))),
      specs,
    );
  const expected = pick(vector.outputs);
  const actual = pick(outputs);
  if (!expected.ok) return `The recorded output cannot be read: ${expected.problem.message}`;
  if (!actual.ok) return `The answered output cannot be read: ${actual.problem.message}`;
  const verdict = compareTensors(expected.value, actual.value, vector);
  return verdict.ok ? null : `The answer differs from the recorded output: ${verdict.reason}`;
}
