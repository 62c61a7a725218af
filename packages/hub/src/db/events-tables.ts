import type { Address, ConditionType, Digest, EventKind } from '@callable/protocol';
import type { Generated } from 'kysely';
import type { JsonText } from './json-text.ts';

/** What became of releases, in the order this hub noticed it; of feeds and webhooks. */
export interface EventTable {
  seq: Generated<number>;
  /** A UUID of what happened: the same for everybody who notices it. */
  id: string;
  kind: EventKind;
  release: Digest;
  publisher: Address;
  name: string;
  version: string;
  condition: ConditionType | null;
  reason: string | null;
  happened_at: number;
  /** When this hub noticed it; never less than that of the one before. */
  recorded_at: number;
}

/** What of a release has been told already, so that nothing is told twice. */
export interface ReleaseWatchTable {
  release: Digest;
  /** `new` until it was callable once; then what was last known for certain. */
  phase: 'new' | 'callable' | 'broken';
  reached: JsonText<readonly ConditionType[]>;
  first_call: boolean;
  /** When it changes although nobody says anything; null when it does not. */
  look_at: number | null;
}

/** One row: up to which statement, and which release of those it changed, the states were looked at. */
export interface EventCursorTable {
  id: number;
  seq: number;
  release: string;
}
