import { type Address, isSeed, standingOf } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { ConnectedNode } from '../nodes/list-connected-nodes.ts';
import { shuffle } from '../nodes/shuffle.ts';

/** Who sits in a round: the seed first, then one node each of other networks. */
export type Seats = { seed: ConnectedNode; others: ConnectedNode[] };

type Choosing = Pick<HubContext, 'clock' | 'random' | 'rules'>;

/**
 * Draws the seats of a round at random, one of them a seed's; null without one. All of one network are one seat, however
 * many keys they are, and within a network its addresses take turns, so that nobody keeps others of it out by number.
 * Nodes of standing and newcomers get half of the seats each while both are there: newcomers are always compared.
 * Whoever has failed at this release is drawn where there is nobody else.
 */
export function chooseSeats(
  ctx: Choosing,
  nodes: readonly ConnectedNode[],
  hasFailed: (node: Address) => boolean,
): Seats | null {
  const { policy } = ctx.rules;
  const seeds = shuffle(
    nodes.filter(({ address, state }) => isSeed(address, state, policy)),
    ctx.random,
  );
  const seed = seeds.find(({ address }) => !hasFailed(address)) ?? seeds[0];
  if (!seed) return null;
  const others = nodes.filter(({ address, state }) => !isSeed(address, state, policy) && !hasFailed(address));
  const byNetwork = shuffle(
    groupBy(others, ({ network }) => network ?? '').map((alike) => oneOf(ctx, alike)),
    ctx.random,
  );
  const isStanding = ({ address, state }: ConnectedNode) =>
    standingOf(address, state, ctx.clock(), policy) === 'standing';
  const room = Math.max(0, policy.validators.draw - 1);
  const standing = byNetwork.filter(isStanding);
  const ofNewcomers = Math.max(Math.ceil(room / 2), room - standing.length);
  const newcomers = byNetwork.filter((node) => !isStanding(node)).slice(0, ofNewcomers);
  return { seed, others: [...standing.slice(0, room - newcomers.length), ...newcomers] };
}

/** One node of a network: an address of it by lot, and one of its nodes by lot. */
function oneOf({ random }: Choosing, alike: readonly ConnectedNode[]): ConnectedNode {
  const [nodes = alike] = shuffle(
    groupBy(alike, ({ sender }) => sender ?? ''),
    random,
  );
  return shuffle(nodes, random)[0] as ConnectedNode;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
