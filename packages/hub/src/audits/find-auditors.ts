import type { Address, Digest } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { dropHidden } from '../nodes/drop-hidden.ts';
import { findParties } from '../nodes/find-parties.ts';
import { type ConnectedNode, listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { shuffle } from '../nodes/shuffle.ts';
import { findRelease } from '../releases/find-release.ts';

/** Who may audit a node's word on a release, in random order, one of each party. */
export type FindAuditors = (node: Address, release: Digest) => Promise<readonly Address[]>;

/**
 * Connected nodes of another party than the audited one and the publisher, with room for the release. What is found is
 * remembered for one round of the hub's work, in which a great many audits ask the same.
 */
export function createAuditorFinder(ctx: Pick<HubContext, 'db' | 'clock' | 'random' | 'rules'>): FindAuditors {
  let connected: Promise<ConnectedNode[]> | null = null;
  const found = new Map<string, Promise<Address[]>>();
  return async (node, release) => {
    connected ??= listConnectedNodes(ctx);
    const key = `${node} ${release}`;
    const eligible = found.get(key) ?? findEligible(ctx, await connected, node, release);
    found.set(key, eligible);
    return shuffle(await eligible, ctx.random);
  };
}

async function findEligible(
  ctx: Pick<HubContext, 'db' | 'random' | 'rules'>,
  connected: readonly ConnectedNode[],
  node: Address,
  digest: Digest,
): Promise<Address[]> {
  const { publisher, manifest } = await findRelease(ctx, digest);
  const { memoryBytes } = readJson(manifest).needs;
  const roomy = connected.filter((one) => one.memoryBytes >= memoryBytes).map(({ address }) => address);
  const parties = await findParties(ctx, publisher, [...roomy, node]);
  const taken = new Set(parties.marksOf(node));
  const others = roomy.filter((auditor) => auditor !== node && !parties.isOfPublisher(auditor));
  return shuffle(dropHidden(others, parties), ctx.random).filter((auditor) => {
    const marks = parties.marksOf(auditor);
    if (marks.some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}
