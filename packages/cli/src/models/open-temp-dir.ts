import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A directory of one's own that is gone afterwards, also when the process ends at once. In `folder` where that is given
 * and may be written: the system's own is often kept in memory.
 */
export async function openTempDir(folder?: string): Promise<AsyncDisposable & { path: string }> {
  const near = folder === undefined ? null : await mkdtemp(join(folder, '.callable-')).catch(() => null);
  const path = near ?? (await mkdtemp(join(await realpath(tmpdir()), 'callable-')));
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeNow);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      process.off('exit', removeNow);
    },
  };
}
