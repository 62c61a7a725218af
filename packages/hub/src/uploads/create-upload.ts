import {
  type Address,
  CallableError,
  chunkBytes,
  digestJson,
  type UploadRequest,
  type UploadView,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { viewUpload } from './view-upload.ts';

/**
 * Announces files by their hashes and reserves their room. The same files by the same key are the same upload, so
 * a client that was interrupted goes on by asking again.
 */
export async function createUpload(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config'>,
  owner: Address,
  request: UploadRequest,
): Promise<UploadView> {
  const files = distinctFiles(request);
  for (const file of files) checkChunks(file);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const { releaseBytes } = ctx.config.limits;
  if (bytes > releaseBytes)
    throw new CallableError('QuotaExceeded', `The files are ${bytes} bytes; a release here may have ${releaseBytes}.`);
  const id = digestJson({ owner, files: files.map((file) => file.sha256).sort() }).slice(
    'sha256:'.length,
    'sha256:'.length + 32,
  );
  const stored = await Promise.all(files.map((file) => ctx.blobs.stat(file.sha256)));
  await ctx.db.transaction().execute(async (tx) => {
    // One upload of a key at a time is counted and entered, or two together could pass the quota.
    await sql`select pg_advisory_xact_lock(hashtextextended(${owner}, 0))`.execute(tx);
    const expiresAt = ctx.clock() + ctx.config.limits.uploadIdleMs;
    const known = await tx
      .updateTable('upload')
      .set({ expires_at: expiresAt })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (known) {
      for (const [index, file] of files.entries()) {
        if (stored[index]) continue;
        await tx
          .updateTable('upload_file')
          .set({ stored: false })
          .where('upload', '=', id)
          .where('sha256', '=', file.sha256)
          .execute();
      }
      return;
    }
    await checkQuota(ctx, tx, owner, bytes);
    await tx
      .insertInto('upload')
      .values({ id, owner, bytes, created_at: ctx.clock(), expires_at: expiresAt })
      .execute();
    await tx
      .insertInto('upload_file')
      .values(
        files.map((file, index) => ({
          upload: id,
          sha256: file.sha256,
          size: file.size,
          chunks: JSON.stringify(file.chunks),
          stored: stored[index] !== null,
        })),
      )
      .execute();
  });
  return viewUpload(ctx, id);
}

type File = UploadRequest['files'][number];

const distinctFiles = (request: UploadRequest): File[] => [
  ...new Map(request.files.map((file) => [file.sha256, file])).values(),
];

function checkChunks(file: File): void {
  const expected = Math.ceil(file.size / chunkBytes);
  if (file.chunks.length !== expected)
    throw new CallableError(
      'RequestInvalid',
      `A file of ${file.size} bytes has ${expected} chunks of 4 MiB, not ${file.chunks.length}.`,
    );
  if (expected === 1 && file.chunks[0] !== file.sha256)
    throw new CallableError('RequestInvalid', 'The hash of the only chunk of a file is the sha256 of the file.');
}

async function checkQuota(
  ctx: Pick<HubContext, 'config'>,
  tx: Pick<HubContext['db'], 'selectFrom'>,
  owner: Address,
  bytes: number,
): Promise<void> {
  const { openUploadBytes } = ctx.config.limits;
  const open = await tx
    .selectFrom('upload_file')
    .innerJoin('upload', 'upload.id', 'upload_file.upload')
    .select((select) => select.fn.coalesce(select.fn.sum<string>('upload_file.size'), sql<string>`0`).as('bytes'))
    .where('upload.owner', '=', owner)
    .where('upload_file.stored', '=', false)
    .executeTakeFirst();
  if (Number(open?.bytes ?? 0) + bytes > openUploadBytes)
    throw new CallableError(
      'QuotaExceeded',
      `This key has ${open?.bytes} bytes in unfinished uploads; ${openUploadBytes} are allowed.`,
    );
}
