import type { HubContext } from '../context.ts';
import { readLogFilesIn } from './directory/read-log-file.ts';

/** Exactly the paths a log has: nothing else in the directory can be reached. */
const logPath =
  /^(checkpoint|receipts\/(0|[1-9][0-9]{0,15})|tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/(x[0-9]{3}\/){0,5}[0-9]{3}(\.p\/([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$/;

/** The bytes at a path of the log, or null. A partial tile that gave way to a wider or the full one is cut from it. */
export const findLogFile = ({ tlog }: Pick<HubContext, 'tlog'>, path: string): Promise<Uint8Array | null> =>
  findFileIn(tlog.directory, path);

/** The same of any directory that holds a log. */
export const findFileIn = async (directory: string, path: string): Promise<Uint8Array | null> =>
  logPath.test(path) ? readLogFilesIn(directory)(path) : null;
