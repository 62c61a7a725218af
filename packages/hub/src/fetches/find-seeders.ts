import type { Address, Digest } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { listConnectedNodes } from '../nodes/list-connected-nodes.ts';

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
  return (await listConnectedNodes(ctx)).flatMap(({ address, announcement }) =>
    announcement?.peerUrl !== undefined && announcement.holdings.some((holding) => holding.release === release)
      ? [{ node: address, peerUrl: announcement.peerUrl }]
      : [],
  );
}
