import type { Delegation } from '../delegations/delegation.ts';
import type { Address } from '../identity/address.ts';
import type { NodeState } from '../nodes/node-state.ts';
import type { Policy } from '../policy/policy.ts';

/** What the fold depends on beside the statements themselves, as it stood when the statement was logged. */
export type Rules = {
  policy: Policy;
  /** When the epoch of this policy came into force, milliseconds; from the start when absent. */
  epochSince?: number;
  hub: Address;
  /** The standing of the nodes a statement is by or about; who is not in it is its own operator and not convicted. */
  nodes?: ReadonlyMap<string, NodeState>;
  /** Who acts for whom. */
  delegations?: readonly Delegation[];
};
