import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import { Check } from '../schema/check.ts';
import { findKind } from '../statements/kinds/find-kind.ts';
import type { Statement } from '../statements/statement.ts';

/** What a reader of a log looks up by name. */
export type Lookups = {
  /** Digests by `publisher/name@version`, as the log first had them. */
  names: Map<string, Digest>;
  /** Owners of handles: the first claim in the log. */
  handles: Map<string, Address>;
  /** Keys that sign checkpoints, by the hub that named them last. */
  vkeys: Map<string, string>;
  /** Roots of batches of receipts, by the index of their statement. */
  batches: Map<number, { root: string; count: number }>;
};

export const emptyLookups = (): Lookups => ({
  names: new Map(),
  handles: new Map(),
  vkeys: new Map(),
  batches: new Map(),
});

/** Notes what the entry with this index can be looked up by, as its kind says. Grows `lookups` in place. */
export function collectLookups(lookups: Lookups, statement: Statement, index: number): void {
  const { kind, subject, signer, body } = statement;
  const row = findKind(kind);
  if (!row?.looksUp || !Check(row.body, body)) return;
  const found = row.looksUp({ subject, signer, body });
  if (found?.in === 'names') setFirst(lookups.names, found.key, found.value);
  if (found?.in === 'handles') setFirst(lookups.handles, found.key, found.value);
  if (found?.in === 'vkeys') lookups.vkeys.set(found.key, found.value);
  if (found?.in === 'batches') lookups.batches.set(index, found.value);
}

function setFirst<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
