import { CallableError } from '@callable/protocol';

/** The bytes that came are not the bytes that were named. */
export function blobMismatch(message: string, cause?: unknown): CallableError {
  return new CallableError('UploadMismatch', message, cause === undefined ? {} : { cause });
}

/** Whether this error says that bytes are not those of their name. */
export function isMismatch(error: unknown): boolean {
  return error instanceof CallableError && error.code === 'UploadMismatch';
}
