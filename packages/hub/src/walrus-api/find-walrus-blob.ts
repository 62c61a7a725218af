import type { HubContext } from '../context.ts';
import { isWithheld } from '../files/is-withheld.ts';
import { epochAt } from './epoch-at.ts';
import { blobNotFound, WalrusProblem } from './walrus-problem.ts';

export type FoundBlob = { blobId: string; sha256: string; offset: number; size: number };

/**
 * Where the bytes of a Walrus blob are: a piece of a file here. Only of what is kept, that is part of a release or
 * bought until a later epoch. Throws a WalrusProblem when it is not, or the bytes are not here any more.
 */
export async function findWalrusBlob(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>,
  blobId: string,
): Promise<FoundBlob> {
  const rows = await ctx.db
    .selectFrom('walrus_part')
    .select(['sha256', 'offset', 'size'])
    .where('blob_id', '=', blobId)
    .where((where) =>
      where.or([
        where.exists(
          where
            .selectFrom('release_blob')
            .select('release')
            .whereRef('release_blob.blob_id', '=', 'walrus_part.blob_id'),
        ),
        where.exists(
          where
            .selectFrom('walrus_object')
            .select('id')
            .whereRef('walrus_object.blob_id', '=', 'walrus_part.blob_id')
            .where('end_epoch', '>', epochAt(ctx.config.walrusApi, ctx.clock())),
        ),
      ]),
    )
    .limit(16)
    .execute();
  // The same bytes may be part of several files, of which one may have been damaged and dropped.
  for (const row of rows) {
    if (await isWithheld(ctx, row.sha256)) continue;
    const file = await ctx.blobs.stat(row.sha256);
    if (file && file.size >= row.offset + row.size) return { blobId, ...row };
  }
  if (rows.length === 0) throw blobNotFound();
  throw new WalrusProblem(503, 'the blob could not be read at the moment, try again later', {
    status: 'UNAVAILABLE',
    reason: 'BLOB_UNAVAILABLE',
  });
}

/** The blob a Sui object stands for. */
export async function blobOfObject(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>,
  objectId: string,
): Promise<FoundBlob> {
  const row = await ctx.db
    .selectFrom('walrus_object')
    .select('blob_id')
    .where('id', '=', objectId.toLowerCase())
    .where('end_epoch', '>', epochAt(ctx.config.walrusApi, ctx.clock()))
    .executeTakeFirst();
  if (!row) throw blobNotFound();
  return findWalrusBlob(ctx, row.blob_id);
}
