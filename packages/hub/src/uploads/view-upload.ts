import { CallableError, chunkBytes, type UploadView } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** An upload with the chunks it still lacks. */
export async function viewUpload(ctx: Pick<HubContext, 'db'>, id: string): Promise<UploadView> {
  const upload = await ctx.db.selectFrom('upload').selectAll().where('id', '=', id).executeTakeFirst();
  if (!upload) throw new CallableError('UploadNotFound', `There is no upload ${id}.`);
  const files = await ctx.db
    .selectFrom('upload_file')
    .selectAll()
    .where('upload', '=', id)
    .where('stored', '=', false)
    .execute();
  const arrived = await ctx.db.selectFrom('upload_chunk').select(['file', 'index']).where('upload', '=', id).execute();
  const has = new Set(arrived.map((chunk) => `${chunk.file} ${chunk.index}`));
  const missing = files.flatMap((file) =>
    (JSON.parse(file.chunks) as string[])
      .map((sha256, index) => ({ file: file.sha256, index, sha256, size: chunkSize(file.size, index) }))
      .filter((chunk) => !has.has(`${chunk.file} ${chunk.index}`)),
  );
  return { id, chunkBytes, missing, expiresAt: new Date(upload.expires_at).toISOString() };
}

/** Bytes of the chunk at this index: 4 MiB, the last one what is left. */
export function chunkSize(fileSize: number, index: number): number {
  return Math.min(chunkBytes, fileSize - index * chunkBytes);
}
