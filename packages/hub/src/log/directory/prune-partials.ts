import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundlePath, tilePath, tileWidth } from '@callable/protocol';
import { listWidths } from './list-widths.ts';

/**
 * Drops the partial tiles and bundles that a published head at `size` has outgrown, from where one at `before` stood.
 * Whoever asks for one gets it cut from the wider one (`readLogFilesIn`). Kept, a bundle that grows each second was written
 * up to 256 times: 160 statements grew a log by 119 MB.
 */
export async function prunePartials(directory: string, before: number, size: number): Promise<void> {
  for (let level = 0, unit = 1; unit <= size; level++, unit *= tileWidth) {
    const rowBefore = Math.floor(before / unit);
    const row = Math.floor(size / unit);
    const index = Math.floor(rowBefore / tileWidth);
    const isFull = Math.floor(row / tileWidth) > index;
    const full = [tilePath({ level, index, width: tileWidth })];
    if (level === 0) full.push(bundlePath({ index, width: tileWidth }));
    for (const path of full)
      if (isFull) await rm(join(directory, `${path}.p`), { recursive: true, force: true });
      else await pruneNarrower(join(directory, `${path}.p`), row % tileWidth);
  }
}

async function pruneNarrower(directory: string, width: number): Promise<void> {
  for (const one of await listWidths(directory)) if (one < width) await rm(join(directory, `${one}`), { force: true });
}
