import { discountNode } from '../conditions/discount-node.ts';
import { listMarkChanges } from '../conditions/list-mark-changes.ts';
import type { ReleaseState } from '../conditions/release-state.ts';
import type { Address } from '../identity/address.ts';
import { emptyNodeState, type NodeState } from '../nodes/node-state.ts';
import { takeMark } from '../nodes/take-mark.ts';
import { findKind } from '../statements/kinds/find-kind.ts';
import type { FoldPlace } from '../statements/kinds/kind-row.ts';
import { stateKeyOf } from '../statements/kinds/state-key-of.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import { statementId } from '../statements/statement.ts';
import { foldPlaces } from './fold-places.ts';
import { type NetworkState, rulesOf } from './network-state.ts';
import { reduceState } from './reduce-state.ts';
import { unknownRulesIn } from './unknown-rules-in.ts';

/**
 * One step of the fold from a log to everything that follows from it: the published definition of what the hub may
 * say. Entries come in log order, each once, with their signatures checked. Grows `state` in place and returns it,
 * because a log of a million entries would else be copied a million times. Where the hub adopts rules this software does
 * not know it stops: whatever it went on to say would be another state than the hub's.
 */
export function reduceNetwork(state: NetworkState, logged: LoggedStatement): NetworkState {
  const { statement, loggedAt: at } = logged;
  state.hub ??= statement.signer;
  const rules = statement.signer === state.hub ? unknownRulesIn(statement) : null;
  if (rules !== null) state.stop ??= { index: state.size, rules };
  if (state.stop) return state;
  state.at = at;
  state.size += 1;
  const place = findKind(statement.kind)?.folds ?? null;
  if (place === 'policy') adopt(state, logged);
  else if (place !== null) step(state, place, logged);
  return state;
}

function adopt(state: NetworkState, logged: LoggedStatement): void {
  const policy = reduceState('policy', state.policy, logged, rulesOf(state, logged));
  if (policy.epoch !== state.policy.epoch) state.epochSince = logged.loggedAt;
  state.policy = policy;
}

/** What a step leaves as it was is not even noted: strangers could else fill the memory of every reader. */
function step(state: NetworkState, place: Exclude<FoldPlace, 'policy'>, logged: LoggedStatement): void {
  const { of, empty } = foldPlaces[place];
  const kept = of(state) as Map<string, unknown>;
  const key = stateKeyOf(logged.statement);
  const before = (kept.get(key) ?? empty(key, logged.loggedAt)) as never;
  const after = reduceState(place, before, logged, rulesOf(state, logged));
  if (after === before) return;
  if (after === null) kept.delete(key);
  else kept.set(key, after);
  if (place === 'node') takeBack(state, before, after as NodeState, logged);
  if (place === 'release') takeMarks(state, before, after as ReleaseState, logged);
}

/** What is thought of those who reported on a release enters their own records in the same step. */
function takeMarks(state: NetworkState, before: ReleaseState, after: ReleaseState, logged: LoggedStatement): void {
  for (const [node, change] of listMarkChanges(before, after)) {
    const known = state.nodes.get(node) ?? emptyNodeState(node);
    const marked = takeMark(known, change, state.policy);
    state.nodes.set(node, marked);
    takeBack(state, known, marked, logged, node);
  }
}

/** A conviction takes back a node's word in every release, in the same step. */
function takeBack(
  state: NetworkState,
  before: NodeState,
  after: NodeState,
  { statement, loggedAt }: LoggedStatement,
  node = statement.subject as Address,
): void {
  if (before.convicted || !after.convicted) return;
  const id = statementId(statement);
  for (const [digest, release] of state.releases)
    state.releases.set(digest, discountNode(release, node, loggedAt, id, state));
}
