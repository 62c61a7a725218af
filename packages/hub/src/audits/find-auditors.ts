import { type Address, type Digest, isOpenNetwork, isSeed, standingOf, unknownNetwork } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { countWrongAnswers } from '../nodes/count-wrong-answers.ts';
import { dropHidden } from '../nodes/drop-hidden.ts';
import { findParties } from '../nodes/find-parties.ts';
import { type ConnectedNode, listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import { shuffle } from '../nodes/shuffle.ts';
import { findRelease } from '../releases/find-release.ts';

/** Who may audit an answer of a node, in random order, one of each party: whoever may run it first, or judge it. */
export type FindAuditors = (node: Address, release: Digest, isJudging: boolean) => Promise<readonly Address[]>;

/**
 * Connected nodes of another party than the audited one and the publisher, with room for the release. Seeds judge. Whoever
 * runs it first is a seed or of standing: a newcomer could be the friend of whom it finds right. Where wrong answers came
 * from, only seeds do: others of standing could be friends too. In an open network it is anybody. What is found is remembered for one round of the hub's work, in which a great many audits ask the same.
 */
export function createAuditorFinder(ctx: Pick<HubContext, 'db' | 'clock' | 'random' | 'rules'>): FindAuditors {
  let connected: Promise<ConnectedNode[]> | null = null;
  let wrong: Promise<ReadonlyMap<string, number>> | null = null;
  const found = new Map<string, Promise<Address[]>>();
  return async (node, release, isJudging) => {
    connected ??= listConnectedNodes(ctx);
    wrong ??= countWrongAnswers(ctx);
    const key = `${node} ${release} ${isJudging}`;
    // Together: where the database dies the other rejects too, and unheard it ended the process.
    const [nodes, wrongOf] = await Promise.all([connected, wrong]);
    const network = nodes.find(({ address }) => address === node)?.network ?? unknownNetwork;
    const isSuspect = (wrongOf.get(network) ?? 0) > 0;
    const heard = nodes.filter((one) => mayAudit(ctx, one, isJudging || isSuspect));
    const eligible = found.get(key) ?? findEligible(ctx, heard, node, release);
    found.set(key, eligible);
    return shuffle(await eligible, ctx.random);
  };
}

function mayAudit(ctx: Pick<HubContext, 'clock' | 'rules'>, { address, state }: ConnectedNode, bySeedsOnly: boolean) {
  const { policy } = ctx.rules;
  if (isOpenNetwork(policy) || isSeed(address, state, policy)) return true;
  return !bySeedsOnly && standingOf(address, state, ctx.clock(), policy) === 'standing';
}

async function findEligible(
  ctx: Pick<HubContext, 'db' | 'random' | 'rules'>,
  connected: readonly ConnectedNode[],
  node: Address,
  digest: Digest,
): Promise<Address[]> {
  const { publisher, manifest } = await findRelease(ctx, digest);
  const { memoryBytes } = readJson(manifest).needs;
  const roomy = connected.filter((one) => one.memoryBytes >= memoryBytes);
  const parties = await findParties(ctx, publisher, [...roomy.map(({ address }) => address), node]);
  const isOpen = isOpenNetwork(ctx.rules.policy);
  const isOfSeed = (one: ConnectedNode) => isSeed(one.address, one.state, ctx.rules.policy);
  const seeds = new Map(roomy.filter(isOfSeed).map(({ address, operator }) => [address, operator]));
  // Its network does not make a seed the friend of the audited: the policy vouches for it.
  const taken = new Set(parties.marksOf(node));
  const others = roomy
    .map(({ address }) => address)
    .filter((one) => one !== node && !(seeds.has(one) ? parties.actsForPublisher(one) : parties.isOfPublisher(one)));
  const heard = isOpen ? dropHidden(others, parties) : others;
  return shuffle(heard, ctx.random).filter((auditor) => {
    const operator = seeds.get(auditor);
    const marks = operator === undefined ? parties.marksOf(auditor) : [auditor, operator];
    if (marks.some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}
