import type { HubContext } from '../../context.ts';
import { lockFiles } from '../../files/drop-unwanted.ts';
import { type Claim, claimOf } from '../claims/list-claims.ts';
import { dropUpload } from './drop-upload.ts';

/** So long nobody's bytes are dropped for others: a laptop changes its network, a hub restarts. */
export const stillMs = 5 * 60_000;

/**
 * Drops the upload that has stood still longest, of one network where that is what is short, for an upload that has the
 * first claim. True when one was dropped: then the bytes that wait may be tried.
 */
export async function makeRoom(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>,
  claims: readonly Claim[],
  { upload, network }: { upload: string; network: string | null },
): Promise<boolean> {
  const own = claims.find(({ id }) => id === upload);
  const isFirst = !claims.some(
    (claim) => claim.id !== upload && claimOf(claim) > 0 && (!own?.recent || claim.movingSince < own.movingSince),
  );
  if (!isFirst) return false;
  const still = claims
    .filter((claim) => claim.id !== upload && claim.held > 0 && claim.movedAt < ctx.clock() - stillMs)
    .filter((claim) => network === null || claim.network === network)
    .sort((a, b) => a.movedAt - b.movedAt);
  for (const { id } of still) if (await dropStill(ctx, id)) return true;
  return false;
}

/** False when it moved, was published, or was dropped by somebody else since it was seen. */
async function dropStill(ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>, id: string): Promise<boolean> {
  return ctx.db.transaction().execute(async (tx) => {
    await lockFiles(tx);
    const row = await tx
      .selectFrom('upload')
      .select('id')
      .where('id', '=', id)
      .where('moved_at', '<', ctx.clock() - stillMs)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!row) return false;
    await dropUpload(ctx, tx, id);
    return true;
  });
}
