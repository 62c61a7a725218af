import { totalmem } from 'node:os';
import { formatTable } from '@callable/formats';
import { type Digest, fromHex, type NetworkState, type Statement } from '@callable/protocol';
import type { ReleaseOnDisk } from '@callable/runtime';
import { type Finding, unchecked } from './finding.ts';
import { judgeWord } from './judge-word.ts';
import { listAskedWords } from './list-asked-words.ts';

export type RecomputeRequest = {
  state: NetworkState;
  /** Reports and recomputations of the log, whoever is believed now. */
  words: readonly Statement[];
  release: ReleaseOnDisk & { digest: Digest };
  signal: AbortSignal;
};

/** Each costs two loads of the model: a log of before there were rounds may ask for one a node. */
const mostSeeds = 8;
const limits = { loadMs: 120_000, runMs: 120_000 };
const what = 'recomputation';

/**
 * What a seed does where a panel disagrees, done by the reader: made-up inputs and vectors of the last draw on the pinned
 * wasm runtime, twice. Then every word of that draw is right, or invented, or cannot be compared. Believes nobody.
 */
export async function recomputeWords({ state, words, release, signal }: RecomputeRequest): Promise<Finding[]> {
  const panel = state.releases.get(release.digest)?.panel;
  const asked = panel ? listAskedWords(release.digest, panel, words) : [];
  if (asked.length === 0) return [unchecked(what, 'Nobody has reported on it since the last draw.')];
  const { createRuntimes, inspectRelease } = await import('@callable/runtime');
  const inspection = await inspectRelease(formatTable, release, signal);
  if (!inspection.ok) return [unchecked(what, `Nothing runs it (${inspection.reason}): ${inspection.message}`)];
  // One model at a time, each in a process of its own.
  const memoryBytes = Math.min(totalmem() / 2, 4 * 2 ** 30);
  await using adjudicator = createRuntimes({
    engine: inspection.format.adjudicate ?? 'wasm',
    warm: 0,
    limit: 1,
    memoryBytes,
  });
  const { answerTwice } = await import('@callable/node');
  const answer = (seed: string) =>
    answerTwice({ adjudicator, config: limits }, release, inspection, fromHex(seed) as Uint8Array, signal);
  const answers = new Map<string, Awaited<ReturnType<typeof answer>>>();
  const findings: Finding[] = [];
  for (const word of asked) {
    if (!answers.has(word.seed) && answers.size < mostSeeds) answers.set(word.seed, await answer(word.seed));
    const own = answers.get(word.seed) ?? {
      ok: false,
      why: 'It has inputs of its own, and there are too many such words.',
    };
    findings.push(
      own.ok ? judgeWord(word, own.adjudication, state) : unchecked(word.what, `It cannot be compared: ${own.why}`),
    );
  }
  return findings;
}
