import { emptyReleaseState } from '../conditions/release-state.ts';
import type { Address } from '../identity/address.ts';
import { emptyNodeState } from '../nodes/node-state.ts';
import type { FoldedStates, FoldPlace } from '../statements/kinds/kind-row.ts';
import type { NetworkState } from './network-state.ts';

type KeyedPlace = Exclude<FoldPlace, 'policy'>;
type Keyed<Place extends KeyedPlace> = {
  /** Where a network keeps these states, by their keys. */
  of: (state: NetworkState) => Map<string, NonNullable<FoldedStates[Place]>>;
  /** One of which nothing is known yet. */
  empty: (key: string, at: number) => FoldedStates[Place];
};

/** Where each state of the fold is kept that there is more than one of. A new place does not compile without its row. */
export const foldPlaces: { [Place in KeyedPlace]: Keyed<Place> } = {
  release: { of: ({ releases }) => releases, empty: (_, at) => emptyReleaseState(at) },
  node: { of: ({ nodes }) => nodes, empty: (node) => emptyNodeState(node as Address) },
  key: { of: ({ delegations }) => delegations, empty: () => [] },
  alias: { of: ({ aliases }) => aliases, empty: () => null },
  label: { of: ({ labels }) => labels, empty: () => null },
};
