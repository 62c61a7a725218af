import { join } from 'node:path';
import { decodeBundle, encodeBundle } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { listWidths } from './directory/list-widths.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';

/** Exactly the paths a log has: nothing else in the directory can be reached. */
const logPath =
  /^(checkpoint|receipts\/(0|[1-9][0-9]{0,15})|tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/(x[0-9]{3}\/){0,5}[0-9]{3}(\.p\/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$/;

/** The bytes at a path of the log, or null. A partial tile that gave way to a wider or the full one is cut from it. */
export const findLogFile = ({ tlog }: Pick<HubContext, 'tlog'>, path: string): Promise<Uint8Array | null> =>
  findFileIn(tlog.directory, path);

/** The same of any directory that holds a log. */
export async function findFileIn(directory: string, path: string): Promise<Uint8Array | null> {
  if (!logPath.test(path)) return null;
  const bytes = await readLogFilesIn(directory)(path);
  const [, full, digits] = /^(.*)\.p\/([0-9]+)$/.exec(path) ?? [];
  if (bytes || full === undefined) return bytes;
  const width = Number(digits);
  const wider = await readWider(directory, full, width);
  if (!wider) return null;
  if (!full.startsWith('tile/entries/')) return wider.subarray(0, 32 * width);
  return encodeBundle((decodeBundle(wider) ?? []).slice(0, width));
}

/** What holds this width: while it is looked for, it may give way to a wider one or to the full tile. */
async function readWider(directory: string, full: string, width: number): Promise<Uint8Array | null> {
  const readFile = readLogFilesIn(directory);
  const widths = (await listWidths(join(directory, `${full}.p`))).filter((one) => one > width);
  for (const one of widths.sort((a, b) => b - a)) {
    const bytes = await readFile(`${full}.p/${one}`);
    if (bytes) return bytes;
  }
  return readFile(full);
}
