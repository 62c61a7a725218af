import { isDiskError } from '@callable/disk';
import { CallableError } from '@callable/protocol';

/** Of a full disk the error says which one: there are two, and the hub's is the one people think of. */
export function nameFullDisk(error: unknown, place: string): unknown {
  const isFull =
    isDiskError(error, 'ENOSPC', 'EDQUOT') || (error instanceof CallableError && error.code === 'DiskFull');
  if (!isFull || (error instanceof Error && error.message.includes(place))) return error;
  return new CallableError('DiskFull', `The disk of ${place} is full; nothing was left there.`, { cause: error });
}
