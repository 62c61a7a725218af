import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ReadLogFile } from '@callable/protocol';
import { type Client, readLogFile } from '@callable/sdk';
import type { CliContext } from '../context/cli-context.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { connectHub } from '../keys/connect-hub.ts';

export type LogSource = {
  /** As the user named it. */
  name: string;
  read: ReadLogFile;
  /** The hub behind it; null for a copy on disk, which needs none. */
  client: Client | null;
};

/** A copy of a log in a directory, or the log of a hub. Nothing is read yet. */
export async function openLogSource(
  context: Pick<CliContext, 'cwd' | 'env' | 'fetch' | 'clock' | 'random' | 'signal'>,
  { log, hub }: { log: string | undefined; hub: string },
): Promise<LogSource> {
  if (log === undefined) {
    const client = connectHub(context, hub, null);
    return { name: hub, read: readLogFile(client, { signal: context.signal }), client };
  }
  const directory = resolve(context.cwd, log);
  const found = await stat(directory).catch(() => null);
  if (!found?.isDirectory())
    throw usageError(`${log} is no directory with a copy of a log.`, 'Make one: callable log copy DIRECTORY');
  return { name: log, read: readFrom(directory), client: null };
}

/** The paths come from our own code, never from the log: no entry can lead out of the directory. */
function readFrom(directory: string): ReadLogFile {
  return async (path) => {
    try {
      return await readFile(join(directory, path));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw new CliError('FileUnreadable', `${path} of the copy cannot be read.`, 'Check its permissions.', { cause });
    }
  };
}
