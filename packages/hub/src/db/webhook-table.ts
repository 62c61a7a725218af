import type { Address, Digest, EventKind } from '@callable/protocol';
import type { JsonText } from './json-text.ts';

/** Whom somebody wants told what becomes of a release, or of all of a publisher. No secret is in it: see webhook-secrets. */
export interface WebhookTable {
  id: string;
  owner: Address;
  /** The network of the party that made it. */
  network: string;
  release: Digest | null;
  publisher: Address | null;
  kinds: JsonText<readonly EventKind[]>;
  /** Its address, sealed: many carry a password in their path. */
  sealed_url: string;
  state: 'pending' | 'active' | 'disabled';
  reason: string | null;
  created_at: number;
  /** Up to which event it was told. */
  told: number;
  /** Failed attempts since the last that did not, and when the first of them was. */
  failures: number;
  failing_since: number | null;
  /** Not dialled before, whatever happens meanwhile. */
  retry_at: number | null;
  last_at: number | null;
  last_delivered: boolean | null;
  last_status: number | null;
  last_message: string | null;
}

/** How often a target was dialled in a minute. */
export interface WebhookPaceTable {
  target: string;
  minute: number;
  count: number;
}
