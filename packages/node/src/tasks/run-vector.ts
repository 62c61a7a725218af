import { compareTensors, parsePlainInputs, type StatementBody, type Vector } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import type { Replica } from '../serving/replica.ts';
import { readVector } from './read-vector.ts';

type VectorResult = StatementBody<'release.validated'>['vectors'][number];
export type VectorOutcome = { result: VectorResult; failure: { reason: string; message: string } | null };

/** The longest one vector may run, milliseconds. A probe waits 20 s, so that slower ones are never reachable anyway. */
const longestVectorMs = 60_000;
/** Stands for a difference that is no finite number: larger than any. */
const beyondMeasure = Number.MAX_VALUE;

/** Runs one vector as a call would run, and compares what came out with what the publisher recorded. */
export async function runVector(
  context: Pick<NodeContext, 'config' | 'random'>,
  replica: Replica,
  vector: Vector,
  signal: AbortSignal,
): Promise<VectorOutcome> {
  const { manifest } = replica.release;
  const name = JSON.stringify(vector.name);
  const fail = (reason: string, message: string, ms = 0, largestDifference = 0): VectorOutcome => ({
    result: { name: vector.name, ok: false, ms, largestDifference },
    failure: { reason, message: `Vector ${name}: ${message}`.slice(0, 1000) },
  });

  const values = await readVector(replica.release, vector);
  if (!values) return fail('VectorFailed', 'its file holds no JSON object with inputs and outputs.');
  const expected = parsePlainInputs(
    values.outputs,
    manifest.outputs.filter((spec) => values.outputNames.includes(spec.name)),
  );
  if (!expected.ok) return fail('VectorFailed', `its outputs do not fit the manifest: ${expected.problem.message}`);
  if (expected.value.length === 0) return fail('VectorFailed', 'it expects no output, so nothing can be compared.');

  const call = { encoding: 'plain' as const, body: values.inputs, salt: context.random(32) };
  const deadlineMs = Math.min(context.config.runMs, longestVectorMs);
  const outcome = await replica.model.run(call, { deadlineMs, signal });
  signal.throwIfAborted();
  if (!outcome.ok && outcome.kind === 'input') return fail('VectorFailed', outcome.problem.message);
  if (!outcome.ok) return fail(outcome.reason, outcome.message);

  const actual = parsePlainInputs(outcome.body, manifest.outputs);
  if (!actual.ok)
    return fail(
      'SchemaMismatch',
      `the model's output is not what the manifest says: ${actual.problem.message}`,
      outcome.runMs,
    );
  const comparison = compareTensors(expected.value, actual.value, vector);
  const largest = comparison.worst ? (comparison.worst.absolute ?? beyondMeasure) : 0;
  if (!comparison.ok) return fail('VectorFailed', comparison.reason, outcome.runMs, largest);
  return { result: { name: vector.name, ok: true, ms: outcome.runMs, largestDifference: largest }, failure: null };
}
