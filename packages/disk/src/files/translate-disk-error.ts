import { CallableError } from '@callable/protocol';
import { isDiskError } from './is-disk-error.ts';

/** The error of ours for what a file system says: a full disk is a state to report. Anything else stays as it is. */
export function translateDiskError(error: unknown): unknown {
  return isDiskError(error, 'ENOSPC', 'EDQUOT') ? new CallableError('DiskFull', undefined, { cause: error }) : error;
}
