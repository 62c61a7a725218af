import type { Address, Digest } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

/** So long a node gets nothing of a release on which it answered something else than a trusted one, milliseconds. */
const outMs = 3_600_000;
/** So long a difference asks for more right answers than one. */
const rememberMs = 24 * 3_600_000;
/** Right answers asked for after differences on so many publishers' releases: models made to differ burn nobody for ever. */
const rightsNeeded = [1, 4, 16] as const;

/** What copies of calls have shown of nodes, here and since the start: nobody else is told, and nothing is convicted by it. */
export type Comparisons = {
  /** Whether its answers for this release are passed on: compared ones were right as often as its record asks for. */
  isProven(node: Address, release: Digest): boolean;
  /** Whether it differed on this release lately. */
  isOut(node: Address, release: Digest): boolean;
  right(node: Address, release: Digest): void;
  /** It answered something else: it is out for this release, and has to prove itself anew for all others. */
  differed(node: Address, release: Digest, publisher: string): void;
  /** It signed what does not fit its answer: all it had proved is void. */
  lied(node: Address): void;
};

type Shown = { rights: number; era: number };
/** An era ends when a node differs: what was proved in one before counts no more. */
type Record = { era: number; at: number; publishers: Set<string> };

export function createComparisons(clock: () => number): Comparisons {
  const shown = new BoundedMap<string, Shown>(50_000);
  const outUntil = new BoundedMap<string, number>(50_000);
  const records = new BoundedMap<Address, Record>(20_000);
  const keyOf = (node: Address, release: Digest) => `${node}${release}`;
  const eraOf = (node: Address) => records.get(node)?.era ?? 0;

  function needed(node: Address): number {
    const record = records.get(node);
    if (!record || clock() - record.at > rememberMs) return rightsNeeded[0];
    return rightsNeeded[Math.min(record.publishers.size, rightsNeeded.length - 1)] as number;
  }

  function endEra(node: Address, publisher: string | null): void {
    const before = records.get(node);
    const publishers = before && clock() - before.at <= rememberMs ? before.publishers : new Set<string>();
    if (publisher !== null && publishers.size < rightsNeeded.length) publishers.add(publisher);
    records.set(node, { era: (before?.era ?? 0) + 1, at: clock(), publishers });
  }

  return {
    isProven(node, release) {
      const found = shown.get(keyOf(node, release));
      return found !== undefined && found.era === eraOf(node) && found.rights >= needed(node);
    },
    isOut: (node, release) => outUntil.size > 0 && (outUntil.get(keyOf(node, release)) ?? 0) > clock(),
    right(node, release) {
      const key = keyOf(node, release);
      const era = eraOf(node);
      const before = shown.get(key);
      shown.set(key, { era, rights: before?.era === era ? before.rights + 1 : 1 });
    },
    differed(node, release, publisher) {
      outUntil.set(keyOf(node, release), clock() + outMs);
      endEra(node, publisher);
    },
    lied: (node) => endEra(node, null),
  };
}
