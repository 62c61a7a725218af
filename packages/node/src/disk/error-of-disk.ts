import { CallableError } from '@callable/protocol';

/** A failure of the file system in the words of the API: a full disk is a state to report, not a crash. */
export function errorOfDisk(cause: unknown, path: string): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new CallableError('DiskFull', 'The disk of this node is full.', { cause });
  return new Error(`Cannot write ${path}.`, { cause });
}
