import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that is still written to is younger: other processes may be using the same store. */
const abandonedAfterMs = 3600_000;

/** Removes what processes that died have left unfinished. */
export async function sweepIncoming(directory: string, now: number): Promise<void> {
  for (const entry of await readdir(directory)) {
    const path = join(directory, entry);
    // Gone in between: it was finished, or another process sweeps too.
    const found = await lstat(path).catch(() => null);
    if (found && now - found.mtimeMs > abandonedAfterMs) await rm(path, { recursive: true, force: true });
  }
}
