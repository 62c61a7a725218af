import { type Address, type Digest, hexOfDigest } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { type ConnectedNode, listConnectedNodes } from '../nodes/list-connected-nodes.ts';
import type { FoundRelease } from '../releases/find-release.ts';

/** How many nodes fetch what nobody holds: one may fail. */
const copies = 2;

/** Who shall fetch a release: nodes that have the memory and do not hold it, in an order that differs from release to release. */
export async function chooseWarmers(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  release: Pick<FoundRelease, 'digest' | 'manifest'>,
  most = copies,
): Promise<ConnectedNode[]> {
  const needed = readJson(release.manifest).needs.memoryBytes;
  const holders = await listHolders(ctx, release.digest);
  return (await listConnectedNodes(ctx))
    .filter(({ address, memoryBytes }) => memoryBytes >= needed && !holders.has(address))
    .sort((a, b) => distance(a.address, release.digest) - distance(b.address, release.digest))
    .slice(0, most);
}

/** Those that hold it, also those that no longer run it: they need not fetch it. */
export async function listHolders({ db }: Pick<HubContext, 'db'>, release: Digest): Promise<Set<Address>> {
  const rows = await db.selectFrom('node_holding').select('node').where('release', '=', release).execute();
  return new Set(rows.map(({ node }) => node as Address));
}

/** One node does not get them all, and none is the first for every release. */
export const distance = (node: Address, release: Digest): number =>
  Number.parseInt(node.slice(2, 10), 16) ^ Number.parseInt(hexOfDigest(release).slice(0, 8), 16);
