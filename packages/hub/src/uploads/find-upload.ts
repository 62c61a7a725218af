import { CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** An upload and its files that are not in the store yet. Throws UploadNotFound. */
export async function findUpload(ctx: Pick<HubContext, 'db'>, id: string) {
  const upload = await ctx.db.selectFrom('upload').selectAll().where('id', '=', id).executeTakeFirst();
  if (!upload) throw new CallableError('UploadNotFound', `There is no upload ${id}.`);
  const files = await ctx.db
    .selectFrom('upload_file')
    .selectAll()
    .where('upload', '=', id)
    .where('stored', '=', false)
    .execute();
  return { upload, files };
}
