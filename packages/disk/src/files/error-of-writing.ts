import { CallableError } from '@callable/protocol';
import { translateDiskError } from './translate-disk-error.ts';

/** What to throw when writing `path` failed: an error of ours as it is, `DiskFull`, or one that names the path. */
export function errorOfWriting(cause: unknown, path: string): Error {
  const translated = translateDiskError(cause);
  if (translated instanceof CallableError) return translated;
  // "EACCES: permission denied, open '/…/x.draft'": only what was wrong, the draft's name says nothing.
  const why = cause instanceof Error ? cause.message.split(',', 1)[0] : 'the reason is unknown';
  return new Error(`Cannot write ${path}: ${why}.`, { cause });
}
