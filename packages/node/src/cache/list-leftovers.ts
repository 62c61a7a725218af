import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a fetch that was given up left behind: a partial file, its journal, or a file no release names. */
export type Leftover = { path: string; bytes: number; touchedAt: number };

/** Everything in the store that belongs to none of these files, the longest untouched first. */
export async function listLeftovers(store: string, kept: ReadonlySet<string>): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const name of await readdir(store)) {
    if (kept.has(name.replace(/\.partial(\.chunks)?$/, ''))) continue;
    const path = join(store, name);
    const found = await lstat(path).catch(() => null);
    // What it occupies, not how long it is: chunks come in any order, and a partial file has holes.
    if (found) leftovers.push({ path, bytes: 512 * found.blocks, touchedAt: found.mtimeMs });
  }
  return leftovers.sort((a, b) => a.touchedAt - b.touchedAt);
}
