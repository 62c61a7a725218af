import type { ManifestFile } from '@callable/protocol';
import { type BlobReader, type BlobVerdict, verifyBlob, verifyChunks } from '@callable/storage';
import type { HubContext } from '../context.ts';
import { auditedChunks, chooseChunks } from './choose-chunks.ts';
import { DoorShut, readOverRoute } from './read-over-route.ts';

/**
 * Reads a stored file back over the hub's own file route: whole, or random chunks of a large one that was found whole
 * before. Measured for 256 MB beside reading the store itself: 0.65 s instead of 0.38 s, hashing it twice included.
 *
 * Throws DoorShut when the hub does not listen, and when neither route nor store can be read.
 */
export async function auditFile(
  ctx: Pick<HubContext, 'blobs' | 'random' | 'fetch' | 'ownAddress'>,
  file: ManifestFile,
  { wasWhole }: { wasWhole: boolean },
  signal: AbortSignal,
): Promise<BlobVerdict> {
  const isSampled = wasWhole && file.chunks.length > auditedChunks;
  const indexes = isSampled ? chooseChunks(file.chunks.length, ctx.random) : [];
  const verify = (reader: BlobReader) =>
    isSampled
      ? verifyChunks(reader, file.sha256, file.chunks, indexes, { signal })
      : verifyBlob(reader, file.sha256, file.size, { signal, chunks: file.chunks });
  try {
    return await verify(readOverRoute(ctx));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DoorShut) throw error;
    if (ctx.ownAddress.url() === null) throw new DoorShut('This hub stopped listening.', { cause: error });
    // A store that refuses in the midst of an answer breaks the connection, and only the store can say why.
    const verdict = await verify(ctx.blobs);
    if (verdict.ok) throw error;
    return verdict;
  }
}
