import type { HubContext } from '../context.ts';
import type { FoundBlob } from './find-walrus-blob.ts';

/** The bytes from `start` to `end` (exclusive) of these blobs joined. Throws when fewer are here than there should. */
export async function* readWalrusBlobs(
  ctx: Pick<HubContext, 'blobs'>,
  blobs: readonly FoundBlob[],
  { start, end }: { start: number; end: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let blobStart = 0;
  for (const blob of blobs) {
    const from = Math.max(start, blobStart);
    const to = Math.min(end, blobStart + blob.size);
    if (from < to) yield* readPiece(ctx, blob, from - blobStart, to - from, signal);
    blobStart += blob.size;
  }
}

async function* readPiece(
  ctx: Pick<HubContext, 'blobs'>,
  blob: FoundBlob,
  offset: number,
  length: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const bytes = await ctx.blobs.read(blob.sha256, { offset: blob.offset + offset, length }, { signal });
  let left = length;
  for await (const piece of bytes ?? []) {
    left -= piece.length;
    yield piece;
  }
  if (left > 0) throw new Error(`${left} bytes of the blob ${blob.blobId} are missing.`);
}
