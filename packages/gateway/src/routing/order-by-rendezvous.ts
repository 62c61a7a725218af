import { hash } from 'node:crypto';
import type { Address, Digest } from '@callable/protocol';

/** Highest random weight: every gateway finds the same order, and a node that leaves moves only its own releases. */
export function orderByRendezvous(nodes: readonly Address[], release: Digest): Address[] {
  if (nodes.length < 2) return [...nodes];
  return nodes
    .map((node) => ({ node, weight: hash('sha256', `${release}${node}`, 'hex') }))
    .sort((a, b) => (a.weight < b.weight ? 1 : -1))
    .map(({ node }) => node);
}
