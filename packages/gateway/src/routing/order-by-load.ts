import type { Address } from '@callable/protocol';
import type { Candidate } from '../standings/candidate.ts';

type Weighed = { candidate: Candidate; costMs: number; load: number };

/**
 * Nodes that have a release warm, by least (own outstanding + 1) × smoothed latency over all of them (simulated: p99
 * 1.04 s against 1.28 s for the better of two drawn, and load from heartbeats made it worse). Nodes of one network count
 * their calls together, so that a thousand keys of one get no more than one does, and the second to be asked is of another.
 */
export function orderByLoad(warm: readonly Candidate[]): Address[] {
  if (warm.length < 2) return warm.map(({ node }) => node);
  const assumed = assumedMs(warm);
  const networks = new Map<string, Weighed[]>();
  for (const candidate of warm) {
    const costMs = Math.max(1, candidate.latencyMs ?? assumed);
    // One that is on trial takes this call and no other, or it would come back only when all others are busy.
    const load = candidate.health === 'trial' ? 0 : (candidate.outstanding + 1) * costMs;
    const key = candidate.network ?? candidate.node;
    const others = networks.get(key);
    if (others) others.push({ candidate, costMs, load });
    else networks.set(key, [{ candidate, costMs, load }]);
  }
  return [...networks.values()]
    .flatMap(placeOfEach)
    .sort((a, b) => a.place - b.place || a.load - b.load)
    .map(({ node }) => node);
}

/** The best of a network stands for all of it; the others come after the best of every other. */
function placeOfEach(network: Weighed[]): { node: Address; place: number; load: number }[] {
  const [first] = network;
  if (first && network.length === 1) return [{ node: first.candidate.node, place: 0, load: first.load }];
  network.sort((a, b) => a.load - b.load);
  const outstanding = network.reduce((sum, { candidate }) => sum + candidate.outstanding, 0);
  return network.map(({ candidate, costMs, load }, place) => ({
    node: candidate.node,
    place,
    load: load === 0 ? 0 : (outstanding + 1) * costMs,
  }));
}

/** A node nobody has asked yet counts as fast as the fastest, or it would never be asked; one nobody knows as the slowest. */
function assumedMs(warm: readonly Candidate[]): number {
  let [fastest, slowest] = [Number.POSITIVE_INFINITY, 0];
  for (const { latencyMs } of warm) {
    if (latencyMs === null) continue;
    fastest = Math.min(fastest, latencyMs);
    slowest = Math.max(slowest, latencyMs);
  }
  if (slowest === 0) return 1;
  return warm[0]?.rank === 'unknown' ? slowest : fastest;
}
