import type { Address } from '../identity/address.ts';
import { conditionReasons } from '../reasons/condition-reasons.ts';
import type { Rules } from '../statements/rules.ts';
import { discountCalls } from './reduce-calls.ts';
import { reduceReports } from './reduce-reports.ts';
import type { ReleaseState, Round } from './release-state.ts';
import { moveTrack } from './track.ts';

/**
 * A release without anything a convicted node said or answered: its report, its seat in the panel, the probe and the
 * calls it answered. The bar stays where it was. `id` is the statement that convicted it.
 */
export function discountNode(
  state: ReleaseState,
  node: Address,
  at: number,
  id: string,
  rules: Pick<Rules, 'policy' | 'epochSince'>,
): ReleaseState {
  return discountCalls(
    discountProbe(discountReport(state, node, at, id, rules), node, at, id),
    node,
    at,
    id,
    rules.policy,
  );
}

function discountReport(
  state: ReleaseState,
  node: Address,
  at: number,
  id: string,
  rules: Pick<Rules, 'policy' | 'epochSince'>,
): ReleaseState {
  const { panel } = state;
  // Also what it said in an earlier round, which a later one could take up again.
  const isThere = panel?.validators.includes(node) || Object.hasOwn(state.reports, node);
  if (!panel || !(isThere || panel.round?.recomputed[node])) return state;
  const { [node]: _report, ...reports } = state.reports;
  const { [node]: _commitment, ...commitments } = state.commitments;
  const without = (nodes: readonly Address[]) => nodes.filter((one) => one !== node);
  const round = panel.round && withoutRecomputation(panel.round, node);
  const left = { ...panel, validators: without(panel.validators), own: without(panel.own), round };
  // What rested on its word does not stay for want of another.
  const said = [state.reports[node]?.statement, panel.round?.recomputed[node]?.statement];
  const isShaken = said.some((one) => one !== undefined && state.tracks.Verified.evidence.includes(one));
  return reduceReports({ ...state, reports, commitments, panel: left }, at, id, rules, isShaken);
}

function withoutRecomputation(round: Round, node: Address): Round {
  const { [node]: _recomputed, ...recomputed } = round.recomputed;
  return { ...round, recomputed };
}

function discountProbe(state: ReleaseState, node: Address, at: number, id: string): ReleaseState {
  if (state.reachedBy !== node) return state;
  const track = moveTrack(state.tracks.Reachable, at, {
    status: 'Unknown',
    reason: 'AwaitingProbe',
    message: `${conditionReasons.AwaitingProbe.sentence} The last one was answered by a node that was caught lying.`,
    checkedAt: state.tracks.Reachable.checkedAt,
    expiresAt: null,
    evidence: [id],
  });
  return { ...state, reachedBy: null, tracks: { ...state.tracks, Reachable: track } };
}
