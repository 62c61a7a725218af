import { Check } from 'typebox/value';
import { discountNode } from '../conditions/discount-node.ts';
import { type LoggedStatement, reduceRelease } from '../conditions/reduce-release.ts';
import { emptyReleaseState } from '../conditions/release-state.ts';
import { labelKey } from '../curation/label.ts';
import { reduceAlias } from '../curation/reduce-alias.ts';
import { reduceLabel } from '../curation/reduce-label.ts';
import { reduceDelegations } from '../delegations/reduce-delegations.ts';
import type { Address } from '../identity/address.ts';
import { PolicyAdopted } from '../statements/kinds/network.ts';
import { statementId } from '../statements/statement.ts';
import { type NetworkState, rulesOf } from './network-state.ts';
import { emptyNodeState } from './node-state.ts';
import { reduceNode } from './reduce-node.ts';

/**
 * One step of the fold from a log to everything that follows from it: the published definition of what the hub may
 * say. Entries come in log order, each once, with their signatures checked. Grows `state` in place and returns it,
 * because a log of a million entries would else be copied a million times.
 */
export function reduceNetwork(state: NetworkState, logged: LoggedStatement): NetworkState {
  const { statement, loggedAt: at } = logged;
  state.hub ??= statement.signer;
  state.at = at;
  state.size += 1;
  switch (subjectOf(statement.kind)) {
    case 'release': {
      const before = state.releases.get(statement.subject) ?? emptyReleaseState(at);
      keepChanged(state.releases, statement.subject, before, reduceRelease(before, logged, rulesOf(state, logged)));
      break;
    }
    case 'node':
      stepNode(state, logged);
      break;
    case 'key': {
      const before = state.delegations.get(statement.subject) ?? [];
      keepChanged(state.delegations, statement.subject, before, reduceDelegations(before, logged));
      break;
    }
    case 'alias':
      keep(state.aliases, statement.subject, (before) => reduceAlias(before, logged, rulesOf(state, logged)));
      break;
    case 'label':
      keep(state.labels, labelKey(statement), (before) => reduceLabel(before, logged));
      break;
    case 'policy':
      if (statement.signer === state.hub && Check(PolicyAdopted, statement.body)) state.policy = statement.body.policy;
      break;
    default:
  }
  return state;
}

/** What a step leaves as it was is not even noted: strangers could else fill the memory of every reader. */
function keepChanged<Value>(map: Map<string, Value>, key: string, before: Value, after: Value): void {
  if (after !== before) map.set(key, after);
}

/** What is null after a step is forgotten. */
function keep<Value>(map: Map<string, Value>, key: string, step: (before: Value | null) => Value | null): void {
  const after = step(map.get(key) ?? null);
  if (after === null) map.delete(key);
  else map.set(key, after);
}

/** What the state of which a statement can change. */
export function subjectOf(kind: string): 'release' | 'node' | 'key' | 'alias' | 'label' | 'policy' | null {
  if (kind.startsWith('release.')) return 'release';
  if (kind.startsWith('key.')) return 'key';
  if (kind === 'policy.adopted') return 'policy';
  if (kind === 'model.aliased') return 'alias';
  if (kind === 'label.attached') return 'label';
  return nodeKinds.has(kind) ? 'node' : null;
}

const nodeKinds = new Set(['node.joined', 'audit.drawn', 'audit.finished', 'receipt.forked']);

function stepNode(state: NetworkState, logged: LoggedStatement): void {
  const { statement, loggedAt } = logged;
  const node = statement.subject as Address;
  const before = state.nodes.get(node) ?? emptyNodeState(node);
  const after = reduceNode(before, logged, rulesOf(state, logged));
  keepChanged(state.nodes, node, before, after);
  if (before.convicted || !after.convicted) return;
  const id = statementId(statement);
  for (const [digest, release] of state.releases)
    state.releases.set(digest, discountNode(release, node, loggedAt, id, state));
}
