import type { Address } from '@callable/protocol';
import type { Parties } from '../nodes/find-parties.ts';
import type { ConnectedNode } from '../nodes/list-connected-nodes.ts';
import type { Accident } from './list-accidents.ts';
import type { Trouble } from './list-troubles.ts';

/** What is known of those who could be drawn. */
export type Field = {
  eligible: readonly ConnectedNode[];
  parties: Parties;
  troubles: ReadonlyMap<Address, Trouble>;
  /** Those who are at it at this moment. */
  busy: ReadonlySet<Address>;
  accidents: readonly Accident[];
};
