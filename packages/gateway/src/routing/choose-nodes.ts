import type { Address, Digest } from '@callable/protocol';
import type { Candidate } from '../standings/candidate.ts';
import { orderByRendezvous } from './order-by-rendezvous.ts';
import { settleEjections } from './settle-ejections.ts';

/**
 * The nodes to ask, best first: those that have the release warm, by least (own outstanding + 1) × smoothed latency
 * over all of them (simulated: p99 1.04 s against 1.28 s for the better of two drawn, and load from heartbeats made
 * it worse); then those that have it cached, in rendezvous order, so that gateways which know nothing of each other
 * wake the same node.
 */
export function chooseNodes(candidates: readonly Candidate[], release: Digest): Address[] {
  const { good, lastResort } = settleEjections(candidates.filter(isAble));
  return [...order(good, release), ...order(lastResort, release)];
}

function order(candidates: readonly Candidate[], release: Digest): Address[] {
  const free = candidates.filter(({ full }) => !full);
  const warm = free.filter(({ state }) => state === 'warm');
  const cold = free.filter(({ state }) => state === 'cached').map(({ node }) => node);
  return [...orderByLoad(warm), ...orderByRendezvous(cold, release)];
}

const isAble = ({ state, quarantined, draining }: Candidate) => state !== null && quarantined === null && !draining;

function orderByLoad(warm: readonly Candidate[]): Address[] {
  // A node nobody has asked yet counts as fast as the fastest, or it would never be asked.
  const fastest = Math.min(...warm.map(({ latencyMs }) => latencyMs ?? Number.POSITIVE_INFINITY));
  const assumed = Number.isFinite(fastest) ? fastest : 1;
  return warm
    .map(({ node, outstanding, latencyMs, health }) => {
      // One that is on trial takes this call and no other, or it would come back only when all others are busy.
      if (health === 'trial') return { node, load: 0 };
      return { node, load: (outstanding + 1) * Math.max(1, latencyMs ?? assumed) };
    })
    .sort((a, b) => a.load - b.load)
    .map(({ node }) => node);
}
