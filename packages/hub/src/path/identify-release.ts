import { createHash } from 'node:crypto';
import { chunkBytes, type Manifest } from '@callable/protocol';
import { computeBlobIds, sliceStream, walrusPartBytes } from '@callable/storage';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import { savePart } from '../files/save-part.ts';
import type { LeasedJob } from '../jobs/leased-job.ts';
import { findRelease } from '../releases/find-release.ts';
import type { JobOutcome } from './settle-job.ts';

/** A queue of its own: the hub's other work shall never wait behind it. */
export const identifyQueue = 'hub:identify';

type File = Manifest['files'][number];
type Ctx = Pick<HubContext, 'db' | 'blobs' | 'config'>;

/**
 * Computes the Walrus blob IDs of a release's files. Nothing waits for it, it takes seconds for every file, and what
 * has been computed is kept part by part, so an end in the middle loses little.
 */
export async function identifyRelease(ctx: Ctx, job: LeasedJob, signal: AbortSignal): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const { files } = readJson(release.manifest);
  for (const file of files) {
    const blobIds = await identifyFile(ctx, file, signal);
    await ctx.db
      .insertInto('release_blob')
      .values(blobIds.map((blob_id) => ({ blob_id, release: job.release })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return { statements: [], enqueue: [], againAt: null };
}

async function identifyFile(ctx: Ctx, file: File, signal: AbortSignal): Promise<string[]> {
  const known = await ctx.db.selectFrom('walrus_part').selectAll().where('sha256', '=', file.sha256).execute();
  const blobIds = new Map(known.map((part) => [part.offset, part.blob_id]));
  for (let offset = 0; offset === 0 || offset < file.size; offset += walrusPartBytes) {
    if (blobIds.has(offset)) continue;
    const size = Math.min(walrusPartBytes, file.size - offset);
    const { shards } = ctx.config.walrusApi;
    const [part] = await computeBlobIds(readChecked(ctx, file, offset, size, signal), size, { shards, signal });
    if (!part) throw new Error('A part has no ID.');
    await savePart(ctx.db, { sha256: file.sha256, offset, ...part });
    blobIds.set(offset, part.blobId);
  }
  return [...new Set(blobIds.values())];
}

/** Checked once more: a blob ID of bytes that have changed since would stand there for ever. */
async function* readChecked(
  ctx: Pick<HubContext, 'blobs'>,
  file: File,
  offset: number,
  length: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const bytes = await ctx.blobs.read(file.sha256, { offset, length }, { signal });
  if (!bytes) throw new Error(`The bytes of ${file.path} are gone.`);
  let index = offset / chunkBytes;
  for await (const chunk of sliceStream(bytes, chunkBytes)) {
    const sha256 = createHash('sha256').update(chunk).digest('hex');
    if (file.size > 0 && sha256 !== file.chunks[index++]) throw new Error(`The bytes of ${file.path} have changed.`);
    yield chunk;
  }
}
