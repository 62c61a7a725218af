import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { Rules } from '../statements/rules.ts';
import { moveVerified } from './move-verified.ts';
import { reduceRound } from './reduce-round.ts';
import type { ReleaseState, ValidatorReport } from './release-state.ts';
import type { Track } from './track.ts';

/**
 * Verified, from what the drawn validators last reported. Where seeds are named a round decides, see `reduceRound`. Else by
 * count: True when a quorum passed, False when so many failed that no quorum can pass, else Unknown. Reports older than
 * the policy allows do not count. `isShaken` when what the condition rests on has just been taken away.
 */
export function reduceReports(
  state: ReleaseState,
  at: number,
  id: string,
  rules: Pick<Rules, 'policy' | 'epochSince'>,
  isShaken = false,
): ReleaseState {
  if (!state.panel) return state;
  const { round } = state.panel;
  if (round && !round.open) return reduceRound(state, round, { at, id, isShaken }, rules);
  const { validators, own, epoch } = state.panel;
  // A validator lost by conviction does not lower the bar for those that are left; an empty panel proves nothing.
  const quorum = Math.max(1, state.panel.quorum);
  const lifeMs = rules.policy.freshness.verifiedSeconds * 1000;
  const reports = validators
    .map((validator) => state.reports[validator])
    .filter((report): report is ValidatorReport => report !== undefined && at < report.at + lifeMs);
  const passed = reports.filter((report) => report.ok);
  const failed = reports.filter((report) => !report.ok);
  const track = {
    ...verdict(
      passed,
      failed,
      { drawn: validators.length, own: own.length, quorum, isOpen: round !== null },
      lifeMs,
      id,
    ),
    checkedAt: youngest(Object.values(state.reports)),
    epoch,
  };
  return moveVerified(state, at, track, rules);
}

function verdict(
  passed: readonly ValidatorReport[],
  failed: readonly ValidatorReport[],
  { drawn, own, quorum, isOpen }: { drawn: number; own: number; quorum: number; isOpen: boolean },
  lifeMs: number,
  id: string,
): Omit<Track, 'since' | 'checkedAt'> {
  if (passed.length >= quorum) {
    return {
      status: 'True',
      reason: 'VectorsPassed',
      message: `Loaded in isolation and its vectors passed on ${passed.length} of ${drawn} nodes (${quorum} needed)${ownWord(own, drawn)}${isOpen ? '; this network names no seeds' : ''}.`,
      expiresAt: quorumEnds(passed, quorum, lifeMs),
      evidence: passed.map((report) => report.statement),
    };
  }
  const [first, ...agreeing] = mostCommonReason(failed);
  if (first && failed.length > drawn - quorum) {
    return {
      status: 'False',
      reason: first.reason,
      message: `${first.message} (${1 + agreeing.length} of ${drawn} nodes)`,
      expiresAt: null,
      evidence: failed.map((report) => report.statement),
    };
  }
  const reports = [...passed, ...failed];
  const reason = passed.length > 0 && failed.length > 0 ? 'ValidatorsDisagree' : 'AwaitingValidators';
  return {
    status: 'Unknown',
    reason,
    message: `${conditionReasons[reason].sentence} ${passed.length} passed and ${failed.length} failed of ${drawn} nodes drawn, ${quorum} needed.`,
    expiresAt: null,
    evidence: reports.length > 0 ? reports.map((report) => report.statement) : [id],
  };
}

/** On a small network the hub's own word may be all there is, and then that is said. */
function ownWord(own: number, drawn: number): string {
  if (own === 0) return '';
  return own === drawn ? ', run by the operator of this hub' : `, ${own} of them run by the operator of this hub`;
}

/** Drawing a panel checks nothing: the last check is the last report, of whoever made it. */
function youngest(reports: readonly ValidatorReport[]): number | null {
  return reports.reduce<number | null>((latest, { at }) => (latest === null || at > latest ? at : latest), null);
}

/** The moment the quorum is lost by age: when the quorum-th youngest pass grows old. */
function quorumEnds(passed: readonly ValidatorReport[], quorum: number, lifeMs: number): number {
  const youngestFirst = passed.map((report) => report.at).sort((a, b) => b - a);
  return (youngestFirst[quorum - 1] ?? 0) + lifeMs;
}

/** The failures that share the reason most nodes give; of two as common, that of the node drawn first. */
function mostCommonReason(failed: readonly ValidatorReport[]): ValidatorReport[] {
  const alike = (report: ValidatorReport) => failed.filter(({ reason }) => reason === report.reason);
  return failed.reduce<ValidatorReport[]>((most, report) => {
    const those = alike(report);
    return those.length > most.length ? those : most;
  }, []);
}
