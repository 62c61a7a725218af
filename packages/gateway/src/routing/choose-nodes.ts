import type { Address, Digest } from '@callable/protocol';
import { type Candidate, candidateRanks } from '../standings/candidate.ts';
import { orderByLoad } from './order-by-load.ts';
import { orderByRendezvous } from './order-by-rendezvous.ts';
import { settleEjections } from './settle-ejections.ts';

/**
 * The nodes to ask, best first, all of one rank: the first of which any node could answer, busy or not. So nobody brings a
 * newcomer's answer about by keeping a seed busy. Before the others come those whose answers were compared, and of
 * these who have the release warm; then who has it cached, in rendezvous order, so that gateways which know nothing of
 * each other wake the same node.
 */
export function chooseNodes(candidates: readonly Candidate[], release: Digest): Address[] {
  const able = candidates.filter(isAble);
  const rank = candidateRanks.find((one) => able.some((candidate) => candidate.rank === one));
  const { good, lastResort } = settleEjections(able.filter((candidate) => candidate.rank === rank));
  return [...order(good, release), ...order(lastResort, release)];
}

/** The nodes that may confirm each other, best first: newcomers after the others, and who has not joined only where there is nobody else. */
export function chooseForTwo(candidates: readonly Candidate[], release: Digest): Address[] {
  const able = candidates.filter(isAble);
  const known = able.some(({ rank }) => rank !== 'unknown');
  return candidateRanks
    .filter((rank) => known === (rank !== 'unknown'))
    .flatMap((rank) => {
      const { good, lastResort } = settleEjections(able.filter((candidate) => candidate.rank === rank));
      return [...order(good, release), ...order(lastResort, release)];
    });
}

function order(candidates: readonly Candidate[], release: Digest): Address[] {
  if (candidates.length === 0) return [];
  const free = candidates.filter(({ full }) => !full);
  return [true, false].flatMap((proven) => {
    const alike = free.filter((candidate) => candidate.proven === proven);
    const cold = alike.filter(({ state }) => state === 'cached').map(({ node }) => node);
    return [...orderByLoad(alike.filter(({ state }) => state === 'warm')), ...orderByRendezvous(cold, release)];
  });
}

/** Could answer, if it is not busy or broken just now. */
const isAble = ({ state, quarantined, draining, health }: Candidate) =>
  state !== null && quarantined === null && !draining && health !== 'lied';
