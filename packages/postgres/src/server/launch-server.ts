import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithin } from '@callable/protocol';
import type { Engine } from '../engine/engine.ts';
import type { ServerUser } from '../process/server-user.ts';
import { spawnInDirectory } from '../process/spawn-in-directory.ts';

export interface PostgresExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningServer {
  readonly child: ChildProcess;
  readonly exited: Promise<PostgresExit>;
}

export interface ServerLaunch {
  readonly engine: Engine;
  readonly dataDir: string;
  readonly user: ServerUser | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The server ended before it was ready. `lines` are what it said. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(`PostgreSQL did not start: ${lines.slice(-5).join(' ') || 'it said nothing.'}`, options);
    this.lines = lines;
  }
}

/** Recovery after a crash reads at most `max_wal_size`: seconds on a slow disk, never this long. */
const READY_WITHIN_MS = 120_000;

/**
 * Starts the server and waits until it accepts connections.
 *
 * @throws {ServerStartError} when it ends first or never gets ready; the reason of `signal` when aborted. In each case
 * the process has ended.
 */
export async function launchServer(launch: ServerLaunch): Promise<RunningServer> {
  const child = spawnInDirectory({
    file: join(launch.engine.binDir, 'postgres'),
    directory: launch.dataDir,
    user: launch.user,
    args: (directory) => [
      '-D',
      directory,
      ...Object.entries(launch.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  });
  const exited = new Promise<PostgresExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  await waitUntilReady(child, launch);
  return { child, exited };
}

/** The server's own word for it: an event, where asking it repeatedly would cost time and log lines. */
async function waitUntilReady(child: ChildProcess, { log, signal }: ServerLaunch): Promise<void> {
  const lines: string[] = [];
  const limit = endWithin(READY_WITHIN_MS, signal);
  const kill = () => child.kill(signal.aborted ? 'SIGINT' : 'SIGQUIT');
  try {
    await new Promise<void>((resolve, reject) => {
      const watch = (line: string) => {
        log(line);
        if (lines.length < 50) lines.push(line);
        if (line.includes('ready to accept connections')) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) {
        if (stream) createInterface({ input: stream }).on('line', watch);
      }
      child.once('close', () => reject(new ServerStartError(lines)));
      child.once('error', (cause) => reject(new ServerStartError([cause.message], { cause })));
      limit.addEventListener('abort', kill, { once: true });
      if (limit.aborted) kill();
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    limit.removeEventListener('abort', kill);
  }
}
