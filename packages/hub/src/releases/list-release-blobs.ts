import type { Manifest, ReleaseView } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** The Walrus blob IDs of a release's files, as far as they have been computed. */
export async function listReleaseBlobs(
  ctx: Pick<HubContext, 'db'>,
  manifest: Manifest,
): Promise<NonNullable<ReleaseView['blobs']>> {
  const rows = await ctx.db
    .selectFrom('walrus_part')
    .selectAll()
    .where('sha256', 'in', [...new Set(manifest.files.map((file) => file.sha256))])
    .orderBy('offset')
    .execute();
  return manifest.files.flatMap(({ path, sha256, size }) => {
    const parts = rows.filter((row) => row.sha256 === sha256).map((row) => ({ blobId: row.blob_id, size: row.size }));
    const isComplete = parts.length > 0 && parts.reduce((sum, part) => sum + part.size, 0) === size;
    if (!isComplete) return [];
    const [only] = parts;
    return [{ path, sha256, ...(only && parts.length === 1 ? { blobId: only.blobId } : { parts }) }];
  });
}
