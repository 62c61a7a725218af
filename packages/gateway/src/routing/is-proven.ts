import type { Address, Digest } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';

/** Whether the answers of a node for a release are trusted: it is a seed, or they were compared with trusted ones. */
export const isProven = (
  { knownNodes, comparisons }: Pick<GatewayContext, 'knownNodes' | 'comparisons'>,
  node: Address,
  release: Digest,
): boolean => knownNodes.find(node).class === 'seed' || comparisons.isProven(node, release);
