import { type HashedFile, hashFile, NotAFileError } from '@callable/disk';
import { blobMismatch } from '../storage-error.ts';

/** What a file holds. Throws UploadMismatch when a link or something else that is no file bears its name. */
export async function hashBlobFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
  return await hashFile(path, signal).catch((error: unknown) => {
    throw error instanceof NotAFileError ? blobMismatch(error.message, error) : error;
  });
}
