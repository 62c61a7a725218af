import { expectOutputs, judgeVector, type StatementBody, type Vector } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { readVector } from '../releases/read-vector.ts';
import type { Replica } from '../replicas/replica.ts';

type VectorResult = StatementBody<'release.validated'>['vectors'][number];
export type VectorOutcome = { result: VectorResult; failure: { reason: string; message: string } | null };

/** The longest one vector may run, milliseconds. A probe waits 20 s, so that slower ones are never reachable anyway. */
const longestVectorMs = 60_000;

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
  const expected = expectOutputs(manifest.outputs, values);
  if (typeof expected === 'string') return fail('VectorFailed', expected);

  const call = { encoding: 'plain' as const, body: values.inputs, salt: context.random(32) };
  const deadlineMs = Math.min(context.config.runMs, longestVectorMs);
  const outcome = await replica.model.run(call, { deadlineMs, signal });
  signal.throwIfAborted();
  if (!outcome.ok && outcome.kind === 'input') return fail('VectorFailed', outcome.problem.message);
  if (!outcome.ok) return fail(outcome.reason, outcome.message);

  const { fault, message, largestDifference } = judgeVector(expected, outcome.body);
  if (fault !== null)
    return fail(fault === 'schema' ? 'SchemaMismatch' : 'VectorFailed', message, outcome.runMs, largestDifference);
  return { result: { name: vector.name, ok: true, ms: outcome.runMs, largestDifference }, failure: null };
}
