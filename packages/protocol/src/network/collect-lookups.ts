import { handleLapseMs } from '../curation/handle-lapse.ts';
import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import { Check } from '../schema/check.ts';
import { isForAnotherHub } from '../statements/hub-of-statement.ts';
import { findKind } from '../statements/kinds/find-kind.ts';
import type { LoggedStatement } from '../statements/logged-statement.ts';

/** What a reader of a log looks up by name. */
export type Lookups = {
  /** Digests by `publisher/name@version`, as the log first had them. */
  names: Map<string, Digest>;
  /** Owners of handles: the first claim in the log, or the next after it lapsed. */
  handles: Map<string, { owner: Address; at: number }>;
  /** Who has published. */
  publishers: Set<Address>;
  /** Keys that sign checkpoints, by the hub that named them last. */
  vkeys: Map<string, string>;
  /** Roots of batches of receipts, by the index of their statement; with `calls` their leaves are signed headers. */
  batches: Map<number, { root: string; count: number; calls?: number }>;
};

export const emptyLookups = (): Lookups => ({
  names: new Map(),
  handles: new Map(),
  publishers: new Set(),
  vkeys: new Map(),
  batches: new Map(),
});

/** Notes what this entry of the log of `hub` can be looked up by, as its kind says. Grows `lookups` in place. */
export function collectLookups(
  lookups: Lookups,
  { statement, loggedAt }: LoggedStatement,
  index: number,
  hub: Address | null = null,
): void {
  const { kind, subject, signer, body } = statement;
  const row = findKind(kind);
  if (!row?.looksUp || !Check(row.body, body)) return;
  if (hub !== null && isForAnotherHub(statement, hub)) return;
  const found = row.looksUp({ subject, signer, body });
  if (found?.in === 'names') {
    if (!lookups.names.has(found.key)) lookups.names.set(found.key, found.value);
    lookups.publishers.add(found.publisher);
  }
  if (found?.in === 'handles' && isFree(lookups, found.key, loggedAt))
    lookups.handles.set(found.key, { owner: found.value, at: loggedAt });
  if (found?.in === 'vkeys') lookups.vkeys.set(found.key, found.value);
  if (found?.in === 'batches') lookups.batches.set(index, found.value);
}

/** As a hub judges it: nobody's, or of somebody who published nothing in the time it takes to lapse. */
function isFree({ handles, publishers }: Lookups, handle: string, at: number): boolean {
  const standing = handles.get(handle);
  return !standing || (at >= standing.at + handleLapseMs && !publishers.has(standing.owner));
}
