import { CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { AnnouncedChunk } from './partials/announced-chunk.ts';
import { chunkSize } from './view-upload.ts';

/** A chunk as it was announced, or the reason why it is none. */
export async function findChunk(
  ctx: Pick<HubContext, 'db'>,
  address: { upload: string; file: string; index: number },
): Promise<AnnouncedChunk> {
  const row = await ctx.db
    .selectFrom('upload_file')
    .innerJoin('upload', 'upload.id', 'upload_file.upload')
    .select(['upload.owner', 'upload_file.size', 'upload_file.chunks', 'upload_file.stored'])
    .where('upload.id', '=', address.upload)
    .where('upload_file.sha256', '=', address.file)
    .executeTakeFirst();
  if (!row) throw new CallableError('UploadNotFound', `The upload ${address.upload} has no file ${address.file}.`);
  const sha256 = readJson(row.chunks)[address.index];
  if (sha256 === undefined) throw new CallableError('ChunkUnknown', `The file has no chunk ${address.index}.`);
  const { owner, size: fileSize, stored } = row;
  return { ...address, owner, sha256, size: chunkSize(fileSize, address.index), fileSize, stored };
}
