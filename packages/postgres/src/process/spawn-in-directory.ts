import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { ServerUser } from './server-user.ts';

export interface DirectoryCommand {
  readonly file: string;
  /** Receives the directory as the child has to spell it. */
  readonly args: (directory: string) => readonly string[];
  readonly directory: string;
  readonly user: ServerUser | undefined;
}

/**
 * Starts a program of the engine on a directory, as `user`, with stdout and stderr piped.
 *
 * When we drop from root to `nobody`, the data may lie below a directory `nobody` cannot enter (`/root` is 0700, and a
 * data directory that also holds keys should be). Loosening the host's permissions is not ours to do, and moving the
 * data elsewhere would surprise whoever backs it up. So we open the directory as root and the child reaches it through
 * the inherited descriptor: `/proc/self/fd/3` needs no permission on the parents. Tried with PostgreSQL 15 and 18.
 */
export function spawnInDirectory(command: DirectoryCommand): ChildProcess {
  const inherited = command.user && process.platform === 'linux' ? openSync(command.directory, 'r') : undefined;
  const seen = inherited === undefined ? command.directory : '/proc/self/fd/3';
  try {
    return spawn(command.file, command.args(seen), {
      ...command.user,
      // Our own working directory may be closed to the user we become.
      cwd: '/',
      // Nothing of our environment: it may hold secrets, and PG* variables would change what is started.
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' },
      // Its own session, else Ctrl-C in a terminal stops the database before its users have finished.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', ...(inherited === undefined ? [] : [inherited])],
    });
  } finally {
    if (inherited !== undefined) closeSync(inherited);
  }
}
