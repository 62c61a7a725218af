import { decodeBundle, encodeBundle } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';

/** Exactly the paths a log has: nothing else in the directory can be reached. */
const logPath =
  /^(checkpoint|receipts\/(0|[1-9][0-9]{0,15})|tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/(x[0-9]{3}\/){0,5}[0-9]{3}(\.p\/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$/;

/** The bytes at a path of the log, or null. A partial tile that gave way to the full one is cut from it. */
export async function findLogFile(ctx: Pick<HubContext, 'tlog'>, path: string): Promise<Uint8Array | null> {
  if (!logPath.test(path)) return null;
  const readFile = readLogFilesIn(ctx.tlog.directory);
  const bytes = await readFile(path);
  const partial = /^(.*)\.p\/([0-9]+)$/.exec(path);
  if (bytes || !partial) return bytes;
  const [, full = '', width = ''] = partial;
  const whole = await readFile(full);
  if (!whole) return null;
  if (!full.startsWith('tile/entries/')) return whole.subarray(0, 32 * Number(width));
  return encodeBundle((decodeBundle(whole) ?? []).slice(0, Number(width)));
}
