import type { LoggedStatement, Rules } from '../conditions/reduce-release.ts';
import type { ReleaseState } from '../conditions/release-state.ts';
import type { Alias } from '../curation/alias.ts';
import type { Label } from '../curation/label.ts';
import type { Delegation } from '../delegations/delegation.ts';
import type { Address } from '../identity/address.ts';
import { defaultPolicy, type Policy } from '../policy/policy.ts';
import type { NodeState } from './node-state.ts';

/** Everything that follows from a log: the fold of all its entries. Grown in place; one reader per log. */
export type NetworkState = {
  /** Whose log it is: the signer of its first entry. */
  hub: Address | null;
  /** The rules in force; those of this software until the log names its own. */
  policy: Policy;
  releases: Map<string, ReleaseState>;
  nodes: Map<string, NodeState>;
  delegations: Map<string, readonly Delegation[]>;
  /** By `publisher/name` of the alias. */
  aliases: Map<string, Alias>;
  /** By `labelKey`. */
  labels: Map<string, Label>;
  /** When the last entry was logged, milliseconds. */
  at: number;
  /** How many entries have been folded. */
  size: number;
};

export function emptyNetworkState(hub: Address | null = null): NetworkState {
  return {
    hub,
    policy: defaultPolicy,
    releases: new Map(),
    nodes: new Map(),
    delegations: new Map(),
    aliases: new Map(),
    labels: new Map(),
    at: 0,
    size: 0,
  };
}

/** The rules for one more statement. */
export function rulesOf(state: NetworkState, { statement }: LoggedStatement): Rules {
  return {
    policy: state.policy,
    hub: state.hub ?? statement.signer,
    nodes: state.nodes,
    delegations: [...delegationsTo(state, statement)],
  };
}

/** Only what can matter: of those the statement names as whom its signer acts for. */
function* delegationsTo(state: NetworkState, statement: LoggedStatement['statement']): Generator<Delegation> {
  const { publisher, operator } = statement.body as { publisher?: unknown; operator?: unknown };
  const ofRelease = state.releases.get(statement.subject)?.publisher;
  for (const principal of [publisher, operator, ofRelease])
    if (typeof principal === 'string') yield* state.delegations.get(principal) ?? [];
}
