import { expectOutputs, judgeVector, type StatementBody, type Vector } from '@callable/protocol';
import type { LoadedModel } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import { readVector } from '../releases/read-vector.ts';

type VectorResult = StatementBody<'release.validated'>['vectors'][number];

export type VectorOutcome = {
  result: VectorResult;
  failure: { reason: string; message: string } | null;
  /** Of the outputs, salted; null where no answer came. */
  digest: string | null;
};

export type VectorOptions = {
  /** 32 bytes for the digest. */
  salt: Uint8Array;
  deadlineMs: number;
  signal: AbortSignal;
};

/** Runs one vector as a call would run, and compares what came out with what the publisher recorded. */
export async function runVector(
  model: LoadedModel,
  release: CachedRelease,
  vector: Vector,
  { salt, deadlineMs, signal }: VectorOptions,
): Promise<VectorOutcome> {
  const name = JSON.stringify(vector.name);
  const fail = (
    reason: string,
    message: string,
    { ms = 0, largestDifference = 0, digest = null as string | null } = {},
  ) => ({
    result: { name: vector.name, ok: false, ms, largestDifference },
    failure: { reason, message: `Vector ${name}: ${message}`.slice(0, 1000) },
    digest,
  });

  const values = await readVector(release, vector);
  if (!values) return fail('VectorFailed', 'its file holds no JSON object with inputs and outputs.');
  const expected = expectOutputs(release.manifest.outputs, values);
  if (typeof expected === 'string') return fail('VectorFailed', expected);

  const call = { encoding: 'plain' as const, body: values.inputs, salt };
  const outcome = await model.run(call, { deadlineMs, signal });
  signal.throwIfAborted();
  if (!outcome.ok && outcome.kind === 'input') return fail('VectorFailed', outcome.problem.message);
  if (!outcome.ok) return fail(outcome.reason, outcome.message);

  const { fault, message, largestDifference } = judgeVector(expected, outcome.body);
  const { runMs: ms, outputDigest: digest } = outcome;
  if (fault !== null)
    return fail(fault === 'schema' ? 'SchemaMismatch' : 'VectorFailed', message, { ms, largestDifference, digest });
  return { result: { name: vector.name, ok: true, ms, largestDifference }, failure: null, digest };
}
