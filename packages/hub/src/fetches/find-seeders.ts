import type { Address, Digest } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { connectedForMs } from '../nodes/list-connected-nodes.ts';

/** Nobody fetches from more at once, and a popular release has thousands. */
const mostSeeders = 64;

/** The connected nodes that announce a release with this file, and where others reach them. */
export async function findSeeders(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  release: Digest,
  sha256: string,
): Promise<{ node: Address; peerUrl: string }[]> {
  // Whoever asks names the release, and could name one that never had the file: its holders would be asked in vain.
  const holdsFile = await ctx.db
    .selectFrom('release')
    .select('digest')
    .where('digest', '=', release)
    .where(sql<boolean>`strpos(manifest, ${`"sha256":"${sha256}"`}) > 0`)
    .executeTakeFirst();
  if (!holdsFile) return [];
  const rows = await ctx.db
    .selectFrom('node_holding')
    .innerJoin('node', 'node.address', 'node_holding.node')
    .leftJoin('node_state', 'node_state.node', 'node.address')
    .select(['node.address', 'node.announcement'])
    .where('node_holding.release', '=', release)
    .where('node.last_seen_at', '>', ctx.clock() - connectedForMs)
    .where(sql<boolean>`node_state.convicted is not true`)
    // Chosen anew each time, so that all of them share the work.
    .orderBy(sql`random()`)
    .limit(mostSeeders)
    .execute();
  return rows.flatMap(({ address, announcement }) => {
    const said = announcement === null ? null : readJson(announcement);
    return said && !said.draining && said.peerUrl !== undefined ? [{ node: address, peerUrl: said.peerUrl }] : [];
  });
}
