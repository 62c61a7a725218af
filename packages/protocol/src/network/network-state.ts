import type { ReleaseState } from '../conditions/release-state.ts';
import type { Alias } from '../curation/alias.ts';
import type { Label } from '../curation/label.ts';
import type { Delegation } from '../delegations/delegation.ts';
import type { Address } from '../identity/address.ts';
import type { NodeState } from '../nodes/node-state.ts';
import { type Policy, policyBeforeAny } from '../policy/policy.ts';
import { needsOf } from '../statements/kinds/needs-of.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';
import type { Rules } from '../statements/rules.ts';

/** Everything that follows from a log: the fold of all its entries. Grown in place; one reader per log. */
export type NetworkState = {
  /** Whose log it is: the signer of its first entry. */
  hub: Address | null;
  /** The rules in force; those of this software until the log names its own. */
  policy: Policy;
  /** When their epoch came into force, milliseconds. */
  epochSince: number;
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
  /** The entry that names rules this software does not know: it and what follows is not folded. Null while all are known. */
  stop: { index: number; rules: string } | null;
};

export function emptyNetworkState(hub: Address | null = null): NetworkState {
  return {
    hub,
    policy: policyBeforeAny,
    epochSince: 0,
    releases: new Map(),
    nodes: new Map(),
    delegations: new Map(),
    aliases: new Map(),
    labels: new Map(),
    at: 0,
    size: 0,
    stop: null,
  };
}

/** The rules for one more statement. */
export function rulesOf(state: NetworkState, { statement }: LoggedStatement): Rules {
  const publisher = state.releases.get(statement.subject)?.publisher ?? null;
  const { principals } = needsOf(statement, publisher);
  return {
    policy: state.policy,
    epochSince: state.epochSince,
    hub: state.hub ?? statement.signer,
    nodes: state.nodes,
    delegations: principals.flatMap((principal) => state.delegations.get(principal) ?? []),
  };
}
