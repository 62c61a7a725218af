import { CallableError } from '@callable/protocol';

/** The error of ours for what a file system says; anything unknown is passed on as it is. */
export function translateDiskError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new CallableError('DiskFull', undefined, { cause: error });
  return error;
}

/** The bytes that came are not the bytes that were named. */
export function blobMismatch(message: string): CallableError {
  return new CallableError('UploadMismatch', message);
}

/** Whether this error says that bytes are not those of their name. */
export function isMismatch(error: unknown): boolean {
  return error instanceof CallableError && error.code === 'UploadMismatch';
}
