import type { Address } from '../identity/address.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { Rules } from '../statements/rules.ts';
import { type Decision, decideRound, wordsOf } from './mark-words.ts';
import { moveVerified } from './move-verified.ts';
import type { ReleaseState, Round, ValidatorReport } from './release-state.ts';
import { ageTrack, type Track } from './track.ts';
import { trackInForce } from './track-in-force.ts';

type Said = Omit<Track, 'since'>;

/**
 * Verified under the rules of version 2, from what a round decides. Until it decides, what was True and has not grown old
 * stays so: nothing goes down because somebody was drawn, or because a newcomer disagrees.
 */
export function reduceRound(
  state: ReleaseState,
  round: Round,
  { at, id, isShaken }: { at: number; id: string; isShaken: boolean },
  rules: Pick<Rules, 'policy' | 'epochSince'>,
): ReleaseState {
  const decision = decideRound(state, round, rules.policy);
  const words = wordsOf(state, round);
  const epoch = state.panel?.epoch ?? rules.policy.epoch;
  if (decision.by !== null) {
    const lifeMs = rules.policy.freshness.verifiedSeconds * 1000;
    return moveVerified(state, at, { ...decided(decision, round, words, lifeMs), epoch }, rules);
  }
  const holds = !isShaken && decision.why !== 'SeedsDisagree';
  if (holds && ageTrack(trackInForce(state, rules), at).status === 'True') return state;
  return moveVerified(state, at, { ...undecided(decision.why, round, words, id), epoch }, rules);
}

type Words = readonly [Address, ValidatorReport][];

function decided(
  { by, ok, reason, message, runtime }: Extract<Decision, { ok: boolean }>,
  round: Round,
  words: Words,
  lifeMs: number,
): Said {
  const recomputed = Object.values(round.recomputed);
  const bySeeds = words.filter(([node]) => round.seeds.includes(node)).map(([, word]) => word);
  const deciding = by === 'recomputation' ? recomputed : bySeeds;
  const checkedAt = Math.max(...deciding.map((word) => word.at));
  const evidence = [...words.map(([, word]) => word.statement), ...recomputed.map(({ statement }) => statement)];
  const whose = by === 'recomputation' ? recomputedBy(recomputed.length, words, ok) : agreedBy(round, words, ok);
  const how =
    runtime === null
      ? ' Nothing of the wasm runtime stands beside it, so this rests on a seed\u2019s own native run.'
      : '';
  return {
    status: ok ? 'True' : 'False',
    reason,
    message: ok ? `Loaded in isolation and its vectors passed: ${whose}.${how}` : `${message} (${whose})${how}`,
    checkedAt,
    expiresAt: ok ? checkedAt + lifeMs : null,
    evidence,
  };
}

function recomputedBy(seeds: number, words: Words, ok: boolean): string {
  const others = words.filter(([, word]) => word.ok !== ok).length;
  return `recomputed by ${count(seeds, 'seed')}; ${others === 0 ? 'nobody' : count(others, 'node')} had reported otherwise`;
}

function agreedBy(round: Round, words: Words, ok: boolean): string {
  const alike = words.filter(([, word]) => word.ok === ok).map(([node]) => node);
  const seeds = alike.filter((node) => round.seeds.includes(node)).length;
  const standing = alike.filter((node) => round.standing.includes(node)).length;
  const newcomers = alike.length - seeds - standing;
  const others = [
    ...(standing > 0 ? [`${count(standing, 'node')} of standing`] : []),
    ...(newcomers > 0 ? [count(newcomers, 'newcomer')] : []),
  ];
  const verb = standing + newcomers === 1 ? 'agrees' : 'agree';
  return `the word of ${count(seeds, 'seed')}${others.length > 0 ? `; ${others.join(' and ')} ${verb}` : ''}`;
}

function undecided(why: Extract<Decision, { by: null }>['why'], round: Round, words: Words, id: string): Said {
  const said = words.map(([, word]) => word);
  const passed = said.filter(({ ok }) => ok).length;
  const of = `${passed} passed and ${said.length - passed} failed so far`;
  const statements = [...said, ...Object.values(round.recomputed)].map(({ statement }) => statement);
  return {
    status: 'Unknown',
    reason: why,
    message: `${conditionReasons[why].sentence} ${of}.`,
    checkedAt: said.length === 0 ? null : Math.max(...said.map((word) => word.at)),
    expiresAt: null,
    evidence: statements.length > 0 ? statements : [id],
  };
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
