import { isDiskError } from '@callable/disk';
import { CallableError } from '@callable/protocol';

/** Whether a file could not be written because its disk has no room. */
export const isDiskFull = (error: unknown): boolean =>
  isDiskError(error, 'ENOSPC', 'EDQUOT') ||
  (error instanceof CallableError && error.code === 'DiskFull') ||
  (error instanceof Error && error.cause !== undefined && isDiskFull(error.cause));
