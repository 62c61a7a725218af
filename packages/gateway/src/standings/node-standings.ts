import type { Address, Digest } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';
import type { CallGroups } from './call-groups.ts';
import { createShares, type Shares } from './create-shares.ts';
import {
  freshHealth,
  type HealthState,
  healthState,
  type NodeHealth,
  noteAnswer,
  noteFarewell,
  noteIncident,
  noteLie,
  noteLink,
  noteLoss,
} from './node-health.ts';

/** After this long without a call an estimate counts half, so that a node that has recovered is tried again. */
const forgetMs = 30_000;
const weightOfNewest = 0.2;
/** Each error that is claimed counts as twice as slow, up to these many; of a node that has answered nothing yet as of this. */
const mostErrors = 6;
const assumedMs = 1_000;
/** What is slow for a node is learned by steps of this part of its smoothed time, from this many times the first. */
const stepOfSlow = 0.25;
const firstSlow = 4;
const fewestAnswers = 20;

/** What this gateway has seen of each node. It outlives the link: redialling does not wipe out a bad record. */
export type NodeStandings = {
  outstanding(node: Address): number;
  latencyMs(node: Address, release: Digest): number | null;
  /** About nineteen of twenty of its answers take no longer, milliseconds; null before it has given some. */
  slowMs(node: Address, release: Digest): number | null;
  /** Whether the node gets calls, one call, or none, and then for what. Only `failed` may come back in a panic. */
  stateOf(node: Address): HealthState;
  /** Whether it gets none, for failures or for a lie. */
  isEjected(node: Address): boolean;
  /** Whether these callers may have one more call there, where `room` calls may be under way in all. */
  hasRoom(node: Address, room: number, groups: CallGroups | null): boolean;
  /** A call begins, the trial where one is due; whatever comes of it, the returned function is called once. */
  begin(node: Address, groups: CallGroups): () => void;
  /** The node answered, well or with an error that is not its own. */
  answered(node: Address, release: Digest, ms: number): void;
  /** It took so long without an answer: slow is not broken, and not well either. */
  took(node: Address, release: Digest, ms: number): void;
  /** It says that the model fails, or the caller: no fast answer, whoever is right. It counts as slow, the more the oftener. */
  claimedError(node: Address, release: Digest, ms: number): void;
  /** The node itself failed: it answered nonsense, or that it is broken. */
  failed(node: Address): void;
  /** Its link broke with calls under way. One link is one incident, however many calls broke with it: true for the first. */
  lost(node: Address, link: object): boolean;
  /** It said farewell while calls crossed on their way to it, or that it is leaving: this link gets no calls any more. */
  left(node: Address, link: object): void;
  hasLeft(link: object): boolean;
  /** Nothing is heard of it while calls are under way: one incident until it is heard again. */
  fellSilent(node: Address, link: object): void;
  heard(node: Address, link: object): void;
  /** It has a new link. */
  linked(node: Address): void;
  /** Out at once: it signed a receipt that does not fit its answer. */
  ejectForLie(node: Address): void;
};

/** Since `backAt` it has been there again: how slow its calls were while it was gone or frozen says nothing of it now. */
type Standing = { shares: Shares; health: NodeHealth; backAt: number };
/** `errors` are those it claimed in a row, but for what was answered in between. */
type Estimate = { ms: number; at: number; errors: number; slowMs: number; answers: number };

export function createNodeStandings(clock: () => number): NodeStandings {
  const standings = new BoundedMap<Address, Standing>(20_000);
  const estimates = new BoundedMap<string, Estimate>(50_000);
  /** Links whose loss was counted. */
  const counted = new WeakSet<object>();
  const leaving = new WeakSet<object>();
  const standingOf = (node: Address) => {
    const known = standings.get(node);
    if (known) return known;
    const fresh = { shares: createShares(), health: freshHealth(), backAt: 0 };
    standings.set(node, fresh);
    return fresh;
  };
  const stateOf = (node: Address): HealthState => {
    const standing = standings.get(node);
    return standing ? healthState(standing.health, clock()) : 'good';
  };
  const backAtOf = (node: Address) => standings.get(node)?.backAt ?? 0;
  const took = (node: Address, release: Digest, ms: number) => {
    if (clock() - ms < backAtOf(node)) return;
    const key = `${node}${release}`;
    const known = estimates.get(key);
    const before = known && known.at >= backAtOf(node) ? known : undefined;
    if (!before) {
      estimates.set(key, { ms, at: clock(), errors: 0, slowMs: firstSlow * ms, answers: 1 });
      return;
    }
    before.ms += weightOfNewest * (ms - before.ms);
    before.at = clock();
    before.errors = Math.max(0, before.errors - 1);
    before.answers++;
    // Up by nineteen steps where it takes longer, down by one where not: it rests where one of twenty takes longer.
    before.slowMs += (ms > before.slowMs ? 0.95 : -0.05) * stepOfSlow * before.ms;
  };
  const countOnce = (node: Address, link: object) => {
    if (counted.has(link)) return false;
    counted.add(link);
    noteLoss(standingOf(node).health, clock());
    return true;
  };

  return {
    outstanding: (node) => standings.get(node)?.shares.size ?? 0,
    hasRoom: (node, room, groups) => standingOf(node).shares.hasRoom(room, groups),
    latencyMs(node, release) {
      const estimate = estimates.get(`${node}${release}`);
      return estimate && estimate.at >= backAtOf(node)
        ? estimate.ms * 2 ** (estimate.errors - (clock() - estimate.at) / forgetMs)
        : null;
    },
    slowMs(node, release) {
      const estimate = estimates.get(`${node}${release}`);
      return estimate && estimate.answers >= fewestAnswers && estimate.at >= backAtOf(node) ? estimate.slowMs : null;
    },
    stateOf,
    isEjected: (node) => ['failed', 'lied'].includes(stateOf(node)),
    begin(node, groups) {
      const { shares, health } = standingOf(node);
      const end = shares.add(groups);
      if (healthState(health, clock()) !== 'trial') return end;
      health.trial = 'running';
      return () => {
        end();
        // Nothing came of it: the caller left, or did not wait. The next call tries again.
        if (health.trial === 'running') health.trial = 'due';
      };
    },
    answered(node, release, ms) {
      noteAnswer(standingOf(node).health, clock() - ms, clock());
      took(node, release, ms);
    },
    took,
    claimedError(node, release, ms) {
      noteAnswer(standingOf(node).health, clock() - ms, clock());
      const key = `${node}${release}`;
      const before = estimates.get(key);
      const errors = Math.min(mostErrors, (before?.errors ?? 0) + 1);
      const fresh = { ms: assumedMs, slowMs: firstSlow * assumedMs, answers: 0 };
      estimates.set(key, { ...(before ?? fresh), at: clock(), errors });
    },
    failed: (node) => noteIncident(standingOf(node).health, clock()),
    lost: countOnce,
    left(node, link) {
      if (leaving.has(link)) return;
      leaving.add(link);
      noteFarewell(standingOf(node).health, clock());
    },
    hasLeft: (link) => leaving.has(link),
    fellSilent(node, link) {
      countOnce(node, link);
      standingOf(node).health.silent = true;
    },
    heard(node, link) {
      counted.delete(link);
      const standing = standings.get(node);
      if (!standing?.health.silent) return;
      standing.health.silent = false;
      standing.backAt = clock();
    },
    linked(node) {
      const standing = standings.get(node);
      if (!standing) return;
      if (healthState(standing.health, clock()) !== 'good') standing.backAt = clock();
      noteLink(standing.health, clock());
    },
    ejectForLie: (node) => noteLie(standingOf(node).health, clock()),
  };
}
