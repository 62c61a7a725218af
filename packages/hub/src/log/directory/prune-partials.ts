import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundlePath, tilePath, tileWidth } from '@callable/protocol';

/**
 * Drops the partial tiles and bundles of a head at `before` that are full in one at `size`: readers take the full one
 * instead (C2SP tlog-tiles, partial tiles). Kept, they would take a hundred times the space of the log.
 */
export async function prunePartials(directory: string, before: number, size: number): Promise<void> {
  for (let level = 0, row = before; row > 0; level++, row = Math.floor(row / tileWidth)) {
    const index = Math.floor(row / tileWidth);
    const isFull = Math.floor(size / tileWidth ** (level + 1)) > index;
    if (row % tileWidth === 0 || !isFull) continue;
    const full = [tilePath({ level, index, width: tileWidth })];
    if (level === 0) full.push(bundlePath({ index, width: tileWidth }));
    for (const path of full) await rm(join(directory, `${path}.p`), { recursive: true, force: true });
  }
}
