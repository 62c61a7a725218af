import type { Address, Digest } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';
import type { CallGroups } from './call-groups.ts';
import { createShares, type Shares } from './create-shares.ts';

const consecutiveFailures = 5;
const firstEjectionMs = 10_000;
const longestEjectionMs = 300_000;
/** After this long without a call an estimate counts half, so that a node that has recovered is tried again. */
const forgetMs = 30_000;
const weightOfNewest = 0.2;

/** What this gateway has seen of each node. It outlives the link: redialling does not wipe out a bad record. */
export type NodeStandings = {
  outstanding(node: Address): number;
  latencyMs(node: Address, release: Digest): number | null;
  isEjected(node: Address): boolean;
  /** Whether these callers may have one more call there, where `room` calls may be under way in all. */
  hasRoom(node: Address, room: number, groups: CallGroups | null): boolean;
  /** A call begins; whatever comes of it, the returned function is called once. */
  begin(node: Address, groups: CallGroups): () => void;
  /** The node answered, well or with an error that is not its own. */
  answered(node: Address, release: Digest, ms: number): void;
  /** The node itself failed: its link died, or it answered nonsense. */
  failed(node: Address): void;
  /** Out at once: it signed a receipt that does not fit its answer. */
  eject(node: Address): void;
};

type Standing = { shares: Shares; failures: number; ejections: number; ejectedUntil: number };
type Estimate = { ms: number; at: number };

export function createNodeStandings(clock: () => number): NodeStandings {
  const standings = new BoundedMap<Address, Standing>(20_000);
  const estimates = new BoundedMap<string, Estimate>(50_000);
  const standingOf = (node: Address) => {
    const known = standings.get(node);
    if (known) return known;
    const fresh = { shares: createShares(), failures: 0, ejections: 0, ejectedUntil: 0 };
    standings.set(node, fresh);
    return fresh;
  };
  const eject = (standing: Standing) => {
    standing.ejectedUntil = clock() + Math.min(firstEjectionMs * 2 ** standing.ejections, longestEjectionMs);
    standing.ejections++;
  };

  return {
    outstanding: (node) => standings.get(node)?.shares.size ?? 0,
    hasRoom: (node, room, groups) => standingOf(node).shares.hasRoom(room, groups),
    latencyMs(node, release) {
      const estimate = estimates.get(`${node}${release}`);
      return estimate ? estimate.ms * 2 ** (-(clock() - estimate.at) / forgetMs) : null;
    },
    isEjected: (node) => (standings.get(node)?.ejectedUntil ?? 0) > clock(),
    begin: (node, groups) => standingOf(node).shares.add(groups),
    answered(node, release, ms) {
      const standing = standingOf(node);
      standing.failures = 0;
      if (standing.ejectedUntil <= clock()) standing.ejections = 0;
      const key = `${node}${release}`;
      const before = estimates.get(key);
      estimates.set(key, {
        ms: before ? before.ms + weightOfNewest * (ms - before.ms) : ms,
        at: clock(),
      });
    },
    failed(node) {
      const standing = standingOf(node);
      standing.failures++;
      if (standing.failures >= consecutiveFailures) eject(standing);
    },
    eject: (node) => eject(standingOf(node)),
  };
}
