import type { Address } from '../identity/address.ts';
import type { Mark } from '../nodes/mark.ts';
import { isSeed } from '../nodes/standing.ts';
import type { Policy } from '../policy/policy.ts';
import type { Panel, Recomputation, ReleaseState, Round, ValidatorReport } from './release-state.ts';

/** What a round comes to: the word that stands, or why none does. */
export type Decision =
  | { by: 'agreement' | 'recomputation'; ok: boolean; reason: string; message: string; runtime: string | null }
  | { by: null; why: 'AwaitingSeed' | 'AwaitingValidators' | 'SeedsDisagree' | 'ValidatorsDisagree' };

/** The reports of this round that are a word on the release, in the order of the panel. */
export function wordsOf({ panel, reports }: ReleaseState, round: Round): [Address, ValidatorReport][] {
  return (panel?.validators ?? []).flatMap((node) => {
    const report = reports[node];
    return report?.round === round.id ? [[node, report] as [Address, ValidatorReport]] : [];
  });
}

/**
 * What a round decides. A recomputation by those who are seeds now decides it, as far as they say the same. Without one
 * the word of the panel stands where all agree and a seed is among them. Nothing is decided by count.
 */
export function decideRound(state: ReleaseState, round: Round, policy: Policy): Decision {
  const recomputed = listRecomputed(round, policy);
  const [first, ...others] = recomputed.map(([, said]) => said);
  if (first)
    return others.some((other) => contradicts(first, other))
      ? { by: null, why: 'SeedsDisagree' }
      : { by: 'recomputation', ...first, runtime: first.adjudication?.runtime ?? null };
  const words = wordsOf(state, round);
  if (words.length === 0) return { by: null, why: 'AwaitingValidators' };
  const seed = words.find(([node]) => round.seeds.includes(node))?.[1];
  if (!seed) return { by: null, why: 'AwaitingSeed' };
  if (words.some(([, word]) => disagree(seed, word))) return { by: null, why: 'ValidatorsDisagree' };
  return { by: 'agreement', ...seed, runtime: seed.adjudication?.runtime ?? null };
}

/** By those who are seeds now and were not caught in it: whom the policy names no more has no say, in time. */
function listRecomputed(round: Round, policy: Policy): [Address, Recomputation][] {
  const all = Object.entries(round.recomputed) as [Address, Recomputation][];
  return all.filter(([node, { operator }]) => isSeed(node, { operator }, policy) && round.marks[node]?.mark !== 'lied');
}

/** Two recomputations of which one is invented: the same build of wasm gives the same bytes everywhere. */
export function contradicts(one: Recomputation, other: Recomputation): boolean {
  const [a, b] = [one.adjudication, other.adjudication];
  if (a === null || b === null || a.runtime !== b.runtime) return one.ok !== other.ok && a === null && b === null;
  return a.digest !== b.digest || a.passed !== b.passed;
}

/** Whether two reports cannot both be right. That a machine had no room or no time says nothing of the release. */
function disagree(seed: ValidatorReport, word: ValidatorReport): boolean {
  if (seed.ok !== word.ok) return word.deterministic;
  const [a, b] = [seed.adjudication, word.adjudication];
  return a !== null && b !== null && isInvented(b, a);
}

/**
 * What the round makes of everybody's word. An invented one is shown by bytes alone: another digest, or another outcome
 * of the vectors, than the same build of wasm gives. Another verdict of a native run may be an honest machine's.
 */
export function markWords(
  state: ReleaseState,
  round: Round,
  by: { at: number; id: string },
  policy: Policy,
): Round['marks'] {
  const known = withOwnLies(state, round, by);
  const decision = decideRound(state, known, policy);
  // What a recomputation said and nobody vouches for any more is taken back; without one, words wait for more of them.
  if (decision.by === null && Object.keys(round.recomputed).length === 0) return known.marks;
  const marks: Record<Address, Mark> = {};
  const set = (node: Address, mark: Mark['mark']) => {
    const before = known.marks[node];
    marks[node] = before?.mark === mark ? before : { mark, at: by.at, statement: by.id };
  };
  // What nobody takes back stays: whoever contradicted itself did so whatever comes of the round.
  for (const [node, { mark }] of Object.entries(known.marks) as [Address, Mark][])
    if (mark === 'lied' && round.recomputed[node]) set(node, 'lied');
  if (decision.by === null) return marks;
  const deciding = listRecomputed(known, policy)[0]?.[1] ?? null;
  const reference = deciding ? deciding.adjudication : seedAdjudication(state, round);
  // Without bytes to compare, that machines differ is as likely as that one lies.
  const agrees = deciding ? deciding.agrees && deciding.adjudication !== null : false;
  for (const [node, word] of wordsOf(state, round)) {
    const mark = markOf(word, { ok: decision.ok, reference, agrees });
    if (mark) set(node, mark);
  }
  if (deciding)
    for (const [node, said] of Object.entries(round.recomputed) as [Address, Recomputation][])
      if (contradicts(deciding, said)) set(node, 'lied');
  return marks;
}

/** A seed that recomputed something else than it had reported has shown itself that one of the two is invented. */
function withOwnLies(state: ReleaseState, round: Round, by: { at: number; id: string }): Round {
  const marks = { ...round.marks };
  for (const [node, word] of wordsOf(state, round)) {
    const said = round.recomputed[node]?.adjudication;
    if (said && word.adjudication && isInvented(word.adjudication, said) && marks[node]?.mark !== 'lied')
      marks[node] = { mark: 'lied', at: by.at, statement: by.id };
  }
  return { ...round, marks };
}

const seedAdjudication = (state: ReleaseState, round: Round) =>
  wordsOf(state, round).find(([node, word]) => round.seeds.includes(node) && word.adjudication)?.[1].adjudication ??
  null;

function markOf(
  word: ValidatorReport,
  { ok, reference, agrees }: { ok: boolean; reference: ValidatorReport['adjudication']; agrees: boolean },
): Mark['mark'] | null {
  const said = word.adjudication;
  if (said && reference && said.runtime === reference.runtime) {
    if (isInvented(said, reference)) return 'lied';
    if (word.ok === ok) return 'confirmed';
  }
  return word.ok !== ok && word.deterministic && agrees ? 'differs' : null;
}

type Answers = NonNullable<ValidatorReport['adjudication']>;

/** The same build gives the same bytes and the same outcome of the vectors, everywhere. */
const isInvented = (said: Answers, reference: Answers): boolean =>
  said.runtime === reference.runtime &&
  (said.digest !== reference.digest ||
    (said.passed !== null && reference.passed !== null && said.passed !== reference.passed));

/** A panel whose words have been compared anew, after a report or a recomputation. */
export function withMarks(state: ReleaseState, by: { at: number; id: string }, policy: Policy): ReleaseState {
  const { panel } = state;
  if (!panel?.round || panel.round.open) return state;
  const marks = markWords(state, panel.round, by, policy);
  return { ...state, panel: { ...panel, round: { ...panel.round, marks } } satisfies Panel };
}
