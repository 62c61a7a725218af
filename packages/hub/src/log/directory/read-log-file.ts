import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBundle, encodeBundle, type ReadLogFile } from '@callable/protocol';
import { listWidths } from './list-widths.ts';

/**
 * Reads the files of a log below a directory; null for one that is not there. A partial tile that gave way to a wider or
 * the full one is cut from it: whoever reads for a head that was published a moment ago would else find it gone.
 */
export const readLogFilesIn =
  (directory: string): ReadLogFile =>
  async (path) => {
    const bytes = await readOrNull(join(directory, path));
    const [, full, digits] = /^(.*)\.p\/([0-9]+)$/.exec(path) ?? [];
    if (bytes || full === undefined) return bytes;
    const width = Number(digits);
    const wider = await readWider(directory, full, width);
    if (!wider) return null;
    if (!full.startsWith('tile/entries/')) return wider.subarray(0, 32 * width);
    return encodeBundle((decodeBundle(wider) ?? []).slice(0, width));
  };

/** What holds this width. What was listed may give way to a wider one while it is read: then it is looked for again. */
async function readWider(directory: string, full: string, width: number): Promise<Uint8Array | null> {
  for (let before = width; ; ) {
    const widest = Math.max(0, ...(await listWidths(join(directory, `${full}.p`))));
    const bytes = widest > width ? await readOrNull(join(directory, `${full}.p/${widest}`)) : null;
    if (bytes || widest <= before) return bytes ?? readOrNull(join(directory, full));
    before = widest;
  }
}

/** The bytes of a file, or null when there is none. */
export async function readOrNull(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  });
}
