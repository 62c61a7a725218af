import { endWithin, type StatementBody } from '@callable/protocol';
import { loadAdjudicator, type RuntimeInfo } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { Inspected } from '../checks/adjudicate-release.ts';
import { answerOnWasm } from '../checks/answer-on-wasm.ts';
import { describeTrouble } from '../checks/describe-trouble.ts';
import { readExample } from '../checks/read-example.ts';
import type { NodeContext } from '../context.ts';

export type WasmContext = Pick<NodeContext, 'adjudicator'> & {
  config: Pick<NodeContext['config'], 'loadMs' | 'runMs'>;
};

/** What everybody gets who runs these inputs and the vectors on the same build of wasm. */
export type ExactAnswer = {
  ok: true;
  adjudication: Required<NonNullable<StatementBody<'release.validated'>['adjudication']>>;
  info: RuntimeInfo;
  /** The first vector that did not pass. */
  failure: { reason: string; message: string } | null;
  /** Of the answer to each vector. */
  digests: readonly (string | null)[];
};

/** Nothing that another machine would have to get too, and why. */
export type NoExactAnswer = { ok: false; why: string };

/** One of the two runs, loading not counted. A seed may be several times slower than the fastest validator. */
const runsMs = 60_000;

/**
 * Runs a release on the pinned wasm runtime twice, each time in a process of its own. Only equal bytes are an exact
 * answer: a model may be random, and nobody is convicted by its luck. Throws when no process can be started.
 */
export async function answerTwice(
  context: WasmContext,
  release: CachedRelease,
  inspected: Inspected,
  seed: Uint8Array,
  signal: AbortSignal,
): Promise<ExactAnswer | NoExactAnswer> {
  const first = await answerOnce(context, release, inspected, seed, signal);
  if (!first.ok) return first;
  const again = await answerOnce(context, release, inspected, seed, signal);
  if (!again.ok) return again;
  if (bytesOf(first) === bytesOf(again)) return first;
  return { ok: false, why: 'Run twice, the wasm runtime gave different answers to the same inputs.' };
}

const bytesOf = ({ adjudication, digests }: ExactAnswer) => JSON.stringify([adjudication, digests]);

async function answerOnce(
  context: WasmContext,
  release: CachedRelease,
  inspected: Inspected,
  seed: Uint8Array,
  signal: AbortSignal,
): Promise<ExactAnswer | NoExactAnswer> {
  const { format, summary } = inspected;
  if (summary.flags.random) return { ok: false, why: 'The model draws at random, so no answer is exact.' };
  if (!format.adjudicate || !format.checks.seeded)
    return { ok: false, why: `Nothing gives canonical answers for the format ${format.name}.` };
  const example = await readExample(release);
  if (!example) return { ok: false, why: 'The first vector has no inputs of which others could be made.' };
  const loaded = await loadAdjudicator(context, release, inspected, signal);
  if (!loaded.ok) return { ok: false, why: describeTrouble(loaded, 'loading').message };
  await using model = loaded.model;
  // From here: waiting for a free runner is no word on the model.
  const patience = endWithin(runsMs);
  const questions = { example, seed, limitMs: runsMs };
  const answers = await answerOnWasm(model, release, questions, { signal, patience }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (patience.aborted) return null;
    throw error;
  });
  const passed = answers?.adjudication?.passed;
  if (!answers?.adjudication || passed === undefined)
    return {
      ok: false,
      why: answers?.finding?.message ?? `The wasm runtime did not finish within ${runsMs / 1000} s.`,
    };
  const { adjudication, vectors } = answers;
  return {
    ok: true,
    adjudication: { ...adjudication, passed },
    info: model.info,
    failure: vectors.find(({ failure }) => failure)?.failure ?? null,
    digests: vectors.map(({ digest }) => digest),
  };
}
