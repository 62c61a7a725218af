import { type Address, listPublishingKinds, unknownNetwork } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findDelegations } from '../fold/find-delegations.ts';

/** Who is who among nodes that could verify a release of a publisher. */
export type Parties = {
  /** It is the publisher, or acts for it, or sits where it sits: it would judge itself. */
  isOfPublisher: (node: Address) => boolean;
  /** It is the publisher, or acts for it, by somebody's own word. A seed is not its publisher's because they are neighbours. */
  actsForPublisher: (node: Address) => boolean;
  /** What it shares with other nodes of the same party; two that share one are one voice. */
  marksOf: (node: Address) => readonly string[];
  /** Its network is not known: it may be anybody's, under any number of keys. */
  isHidden: (node: Address) => boolean;
  /** The hub's operator answers for it, as both have said. */
  isOfHub: (node: Address) => boolean;
};

type Party = { operator: Address; network: string };

/**
 * Tells parties apart by what the log says (operators and delegations) and by the public networks that requests came
 * from. Nodes whose network is not known are one voice: behind a proxy that is not named, keys would be voices for free.
 * It makes nobody the publisher's, or nobody could judge where hub, publisher and node are one machine. Whoever rents in
 * many networks looks like strangers: that is bounded by the random draw, the quorum and audits, not here.
 */
export async function findParties(
  ctx: Pick<HubContext, 'db' | 'rules'>,
  publisher: Address,
  nodes: readonly Address[],
): Promise<Parties> {
  const parties = await listParties(ctx, [...nodes, publisher]);
  const partyOf = (node: Address): Party => parties.get(node) ?? { operator: node, network: unknownNetwork };
  const keys = [...new Set(nodes.flatMap((node) => [node, partyOf(node).operator]))];
  const own = new Set<Address>([publisher, partyOf(publisher).operator, ...(await listHelpers(ctx, publisher, keys))]);
  const networks = await listNetworks(ctx, publisher);
  const actsForPublisher = (node: Address) => own.has(node) || own.has(partyOf(node).operator);
  return {
    isOfPublisher: (node) => actsForPublisher(node) || networks.has(partyOf(node).network),
    actsForPublisher,
    marksOf(node) {
      const { operator, network } = partyOf(node);
      return [...new Set([node, operator, network])];
    },
    isHidden: (node) => partyOf(node).network === unknownNetwork,
    isOfHub: (node) => partyOf(node).operator === ctx.rules.hub,
  };
}

async function listParties(ctx: Pick<HubContext, 'db'>, nodes: readonly Address[]): Promise<Map<Address, Party>> {
  const rows = await ctx.db
    .selectFrom('node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['node.address', 'node.network', 'node_state.operator'])
    .where('node.address', 'in', nodes)
    .execute();
  return new Map(
    rows.map((row) => [row.address, { operator: row.operator ?? row.address, network: row.network ?? unknownNetwork }]),
  );
}

/**
 * Of these keys, those that belong with the publisher by somebody's own word: who named the publisher as its helper,
 * and who acted as the publisher's. To be named by the publisher alone is not enough: it could keep honest nodes out.
 */
async function listHelpers(
  ctx: Pick<HubContext, 'db'>,
  publisher: Address,
  keys: readonly Address[],
): Promise<Address[]> {
  const delegations = await findDelegations(ctx.db, [...keys, publisher]);
  const principals = delegations.filter(({ key }) => key === publisher).map(({ principal }) => principal);
  const named = delegations.filter(({ principal, key }) => principal === publisher && keys.includes(key));
  if (named.length === 0) return principals;
  const rows = await ctx.db
    .selectFrom('statement')
    .innerJoin('release', 'release.digest', 'statement.subject' as never)
    .select('statement.signer')
    .distinct()
    .where('release.publisher', '=', publisher)
    .where('statement.kind', 'in', listPublishingKinds())
    .where('statement.signer', 'in', [...new Set(named.map(({ key }) => key))])
    .execute();
  return [...principals, ...rows.map((row) => row.signer)];
}

/** From which known networks this publisher has published anything. */
async function listNetworks(ctx: Pick<HubContext, 'db'>, publisher: Address): Promise<Set<string>> {
  const rows = await ctx.db
    .selectFrom('release')
    .select('network')
    .distinct()
    .where('publisher', '=', publisher)
    .where('network', 'is not', null)
    .where('network', '!=', unknownNetwork)
    .execute();
  return new Set(rows.map((row) => row.network as string));
}
