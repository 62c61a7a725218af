import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of the test's own, gone afterwards. */
export async function openTempDir(): Promise<AsyncDisposable & { path: string }> {
  // The real path: processes are recognised by it, and a system's temporary directory may be a link.
  const path = await mkdtemp(join(await realpath(tmpdir()), 'callable-e2e-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
