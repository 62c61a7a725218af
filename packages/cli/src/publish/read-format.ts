import { type Format, type FormatTable, sniffedBytes, sniffFormat } from '@callable/formats';
import { openFileSource } from './file-source.ts';

/** The format of a file by its first bytes; the first of the table where it is of none, to say what is wrong with it. */
export async function readFormat(path: string, formats: FormatTable): Promise<Format> {
  await using source = await openFileSource(path);
  const head = source.size === 0 ? new Uint8Array(0) : await source.read(0, Math.min(sniffedBytes, source.size));
  const [first] = Object.values(formats);
  const format = sniffFormat(formats, head) ?? first;
  if (!format) throw new RangeError('the table of formats is empty');
  return format;
}
