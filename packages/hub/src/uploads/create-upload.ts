import {
  type Address,
  CallableError,
  chunkBytes,
  digestBytes,
  digestJson,
  hexOfDigest,
  type UploadRequest,
  type UploadView,
} from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { holdFiles } from '../files/drop-unwanted.ts';
import { boundAnnouncement } from './room/bound-announcement.ts';
import { sharePartials } from './share-partials.ts';
import { viewUpload } from './view-upload.ts';

/**
 * Announces files by their hashes; their room is reserved as their bytes arrive. The same files by the same key are the same upload, so
 * a client that was interrupted goes on by asking again. `network` is where it comes from: there is a limit to what
 * one may hold, under however many keys.
 */
export async function createUpload(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config' | 'freeBytes'>,
  owner: Address,
  request: UploadRequest,
  network: string,
): Promise<UploadView> {
  const files = distinctFiles(request);
  for (const file of files) checkChunks(file);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const { releaseBytes } = ctx.config.limits;
  if (bytes > releaseBytes)
    throw new CallableError('QuotaExceeded', `The files are ${bytes} bytes; a release here may have ${releaseBytes}.`);
  const id = idOf(owner, files);
  await ctx.db.transaction().execute(async (tx) => {
    await holdFiles(tx);
    const stored = await Promise.all(
      files.map(async (file) => (await ctx.blobs.stat(file.sha256))?.size === file.size),
    );
    // One upload at a time is counted and entered, or two together could pass the quota.
    await sql`select pg_advisory_xact_lock(${entryLock})`.execute(tx);
    await enterUpload(ctx, tx, { id, owner, bytes, network });
    await tx
      .insertInto('upload_file')
      .values(
        files.map((file, index) => ({
          upload: id,
          sha256: file.sha256,
          size: file.size,
          chunks: toJsonText(file.chunks),
          stored: stored[index] === true,
        })),
      )
      // Stored once and damaged since: it has to be sent anew.
      .onConflict((conflict) =>
        conflict.columns(['upload', 'sha256']).doUpdateSet((row) => ({ stored: row.ref('excluded.stored') })),
      )
      .execute();
    await boundAnnouncement(ctx, tx, { id, owner, network });
  });
  await sharePartials(ctx, { id, owner });
  return viewUpload(ctx, id);
}

const entryLock = 0x0b1e5eed;

async function enterUpload(
  ctx: Pick<HubContext, 'clock' | 'config'>,
  tx: Transaction<Schema>,
  upload: { id: string; owner: Address; bytes: number; network: string },
): Promise<void> {
  const now = ctx.clock();
  const expiresAt = now + ctx.config.limits.uploadIdleMs;
  await tx
    .insertInto('upload')
    .values({ ...upload, created_at: now, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({ created_at: now, expires_at: expiresAt, network: upload.network }),
    )
    .execute();
}

type File = UploadRequest['files'][number];

/** Files by their hash: the same one named twice is sent once. */
function distinctFiles(request: UploadRequest): File[] {
  const files = new Map<string, File>();
  for (const file of request.files) {
    const other = files.get(file.sha256);
    if (other && digestJson(other) !== digestJson(file))
      throw new CallableError('RequestInvalid', `The file ${file.sha256} is announced twice, in different ways.`);
    files.set(file.sha256, file);
  }
  return [...files.values()];
}

/** Sizes and chunks are part of it: a wrong announcement does not stand in the way of the right one. */
function idOf(owner: Address, files: readonly File[]): string {
  const sorted = [...files].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  return hexOfDigest(digestJson({ owner, files: sorted })).slice(0, 32);
}

function checkChunks(file: File): void {
  const expected = Math.ceil(file.size / chunkBytes);
  if (file.chunks.length !== expected)
    throw new CallableError(
      'RequestInvalid',
      `A file of ${file.size} bytes has ${expected} chunks of 4 MiB, not ${file.chunks.length}.`,
    );
  if (expected === 1 && file.chunks[0] !== file.sha256)
    throw new CallableError('RequestInvalid', 'The hash of the only chunk of a file is the sha256 of the file.');
  if (expected === 0 && file.sha256 !== sha256OfNothing)
    throw new CallableError('RequestInvalid', `A file of no bytes has the sha256 ${sha256OfNothing}.`);
}

const sha256OfNothing = hexOfDigest(digestBytes(new Uint8Array()));
