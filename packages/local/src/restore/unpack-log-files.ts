import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { damaged } from '../backup/damaged.ts';
import { packedPath } from '../backup/pack-log-files.ts';
import { readBytes } from '../backup/read-bytes.ts';

/** A partial path and a size of at most 16 digits. */
const longestLine = 300;
/** Leaves are 320 kB at most, bundles of entries less than 32 MiB. */
const largestFile = 32 * 2 ** 20;

/** Puts back what `packLogFiles` wrote. */
export async function unpackLogFiles(packed: string, hubDir: string): Promise<void> {
  const made = new Set<string>();
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of readBytes(packed)) {
    held = Buffer.concat([held, piece]);
    for (let file = takeFile(held); file; file = takeFile(held)) {
      const target = join(hubDir, file.path);
      if (!made.has(dirname(target))) await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      made.add(dirname(target));
      await writeFile(target, file.bytes, { flag: 'wx' });
      held = file.rest;
    }
  }
  if (held.length > 0) throw damaged('its files of the log cannot be read');
}

function takeFile(held: Buffer): { path: string; bytes: Buffer; rest: Buffer } | null {
  const end = held.indexOf(10);
  if (end < 0 && held.length > longestLine) throw damaged('its files of the log cannot be read');
  if (end < 0) return null;
  const [path = '', digits = ''] = held.subarray(0, Math.min(end, longestLine)).toString().split(' ');
  const size = Number(digits);
  if (!packedPath.test(path) || !(size >= 0 && size <= largestFile))
    throw damaged('its files of the log cannot be read');
  if (held.length < end + 1 + size) return null;
  return { path, bytes: held.subarray(end + 1, end + 1 + size), rest: held.subarray(end + 1 + size) };
}
