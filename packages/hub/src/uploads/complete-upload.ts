import { rm } from 'node:fs/promises';
import { isDiskError, translateDiskError } from '@callable/disk';
import { type Address, CallableError, type UploadView } from '@callable/protocol';
import { isMismatch } from '@callable/storage';
import type { HubContext } from '../context.ts';
import { dropUnwanted, lockFiles } from '../files/drop-unwanted.ts';
import { findUpload } from './find-upload.ts';
import { partialPath, uploadDirectory } from './partials/partial-path.ts';
import { rememberChunks } from './remember-chunks.ts';
import { reuseChunks } from './reuse-chunks.ts';
import { type AnnouncedFile, viewUpload } from './view-upload.ts';

/**
 * Moves the files whose chunks have all arrived into the store, each hashed as a whole first: large ones were hashed
 * while they arrived. Answers what is
 * still missing; repeating it is harmless, also at the same time.
 */
export async function completeUpload(
  ctx: Parameters<typeof reuseChunks>[0],
  owner: Address,
  id: string,
  signal: AbortSignal,
): Promise<UploadView> {
  const { upload, files } = await findUpload(ctx, id);
  if (upload.owner !== owner) throw new CallableError('SignerNotAllowed', 'This upload belongs to another key.');
  const incomplete = await reuseChunks(ctx, { upload: id, owner, files }, signal);
  for (const file of files.filter((one) => !incomplete.has(one.sha256))) await keepFile(ctx, id, file, signal);
  const view = await viewUpload(ctx, id);
  if (view.missing.length === 0) {
    await rm(uploadDirectory(ctx, id), { recursive: true, force: true });
    // From now on its files wait for a release.
    const expiresAt = ctx.clock() + ctx.config.limits.uploadIdleMs;
    await ctx.db
      .updateTable('upload')
      .set({ expires_at: expiresAt, moved_at: ctx.clock() })
      .where('id', '=', id)
      .execute();
  }
  return view;
}

async function keepFile(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'config' | 'clock' | 'fileHashes'>,
  upload: string,
  file: AnnouncedFile,
  signal: AbortSignal,
): Promise<void> {
  const path = partialPath(ctx, upload, file.sha256);
  try {
    // A file of no bytes has no chunk that would have made one here.
    if (file.size === 0) await ctx.blobs.put(file.sha256, 0, noBytes());
    else await moveFile(ctx, upload, file, path, signal);
  } catch (error) {
    // The bytes are gone from our disk: its chunks are missing again.
    const isLost = isDiskError(error, 'ENOENT');
    // Chunks that match and a whole that does not: the announcement was wrong, or the disk. Either way start over.
    if (isLost || isMismatch(error)) await forgetChunks(ctx, upload, file.sha256, path);
    if (isLost) return;
    throw translateDiskError(error);
  }
  await ctx.fileHashes.forget(upload, file.sha256);
  const isKept = await ctx.db.transaction().execute(async (tx) => {
    const kept = await tx
      .updateTable('upload_file')
      .set({ stored: true })
      .where('upload', '=', upload)
      .where('sha256', '=', file.sha256)
      .returning('sha256')
      .executeTakeFirst();
    if (!kept) return false;
    await tx.deleteFrom('upload_chunk').where('upload', '=', upload).where('file', '=', file.sha256).execute();
    await rememberChunks(tx, file);
    return true;
  });
  if (isKept) return;
  // Expired in between: nobody would ever look for these bytes again.
  await ctx.db.transaction().execute(async (tx) => {
    await lockFiles(tx);
    await dropUnwanted(ctx, tx, file.sha256);
  });
}

async function moveFile(
  ctx: Pick<HubContext, 'blobs' | 'fileHashes'>,
  upload: string,
  file: { sha256: string; size: number },
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const hashed = await ctx.fileHashes.finish(upload, file);
  await ctx.blobs.putFile(file.sha256, file.size, path, { signal, ...(hashed ? { hashed } : {}) });
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

async function forgetChunks(
  ctx: Pick<HubContext, 'db' | 'fileHashes'>,
  upload: string,
  file: string,
  path: string,
): Promise<void> {
  await ctx.fileHashes.forget(upload, file);
  await rm(path, { recursive: true, force: true });
  await ctx.db.deleteFrom('upload_chunk').where('upload', '=', upload).where('file', '=', file).execute();
}
