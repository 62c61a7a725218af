import { isDiskError, NotAFileError } from '@callable/disk';
import { CallableError } from '@callable/protocol';

/** A backup is not what was written, and in what. */
export const damaged = (what: string, cause?: unknown) =>
  new CallableError('BackupDamaged', `The backup is damaged: ${what}.`, cause === undefined ? {} : { cause });

/** What `read` gives; a part that is not there, or no file, is damage. */
export async function orDamaged<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'ELOOP') || error instanceof NotAFileError)
      throw damaged(`${path} is missing`, error);
    throw error;
  }
}
