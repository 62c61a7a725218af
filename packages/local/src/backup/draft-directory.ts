import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { acquireDataLock, isDiskError, syncDirectory, translateDiskError } from '@callable/disk';
import { CallableError } from '@callable/protocol';

/** A directory that gets its name when it is finished. */
export type DraftDirectory = AsyncDisposable & { path: string; finish(): Promise<void> };

/**
 * Opens `TARGET.unfinished`. Disposed before it is finished, it is removed; one that a killed process left is emptied by
 * the next. Throws PlaceTaken when something stands at the target, an empty directory apart.
 */
export async function openDraftDirectory(target: string): Promise<DraftDirectory> {
  await requireFree(target);
  const parent = dirname(target);
  // A disk that is not mounted would be filled up below its mount point.
  await stat(parent).catch((cause: unknown) => {
    throw isDiskError(cause, 'ENOENT')
      ? new CallableError('FileUnreadable', `There is no ${parent}.`, { cause })
      : cause;
  });
  const path = join(parent, `${basename(target)}.unfinished`);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const lock = await acquireDataLock(path, 'backup').catch((error: unknown) => {
    throw translateDiskError(error);
  });
  let isFinished = false;
  for (const name of await readdir(path))
    if (name !== 'backup.lock') await rm(join(path, name), { recursive: true, force: true });
  return {
    path,
    async finish() {
      await requireFree(target);
      await lock[Symbol.asyncDispose]();
      await syncDirectory(path);
      await rename(path, target).catch((cause: unknown) => {
        if (!isDiskError(cause, 'EBUSY')) throw cause;
        throw new CallableError('PlaceTaken', `${target} is where a disk is mounted: name a directory in it.`, {
          cause,
        });
      });
      isFinished = true;
      await syncDirectory(parent);
    },
    async [Symbol.asyncDispose]() {
      if (!isFinished) await rm(path, { recursive: true, force: true });
    },
  };
}

async function requireFree(target: string): Promise<void> {
  const names = await readdir(target).catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return [];
    if (isDiskError(error, 'ENOTDIR')) return ['itself, a file'];
    throw error;
  });
  if (names.length > 0) throw new CallableError('PlaceTaken', `${target} is not empty: it holds ${names[0]}.`);
}
