import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { acquireDataLock } from '@callable/disk';
import { chooseConnection } from './cluster/choose-connection.ts';
import { type Cluster, locateCluster } from './cluster/cluster.ts';
import { createCluster } from './cluster/create-cluster.ts';
import { findClusterMajor } from './cluster/find-cluster-major.ts';
import type { PostgresConnection } from './connection.ts';
import { chooseEngine } from './engine/choose-engine.ts';
import { formatConnection } from './format-connection.ts';
import { chooseServerUser } from './process/choose-server-user.ts';
import { endBackends } from './process/end-backends.ts';
import { stopOrphan } from './process/stop-orphan.ts';
import { launchServer, type PostgresExit, type RunningServer, ServerStartError } from './server/launch-server.ts';
import { listSettings } from './server/list-settings.ts';
import { stopServer } from './server/stop-server.ts';

export interface PostgresOptions {
  /** Holds `postgres/<major>` (the data) and `engine/<version>` (the programs). Made when missing. */
  readonly dataDir: string;
  /** Shares one copy of the programs between data directories. Default: `<dataDir>/engine`. */
  readonly engineDir?: string;
  /** Server settings that replace ours. Tests turn `fsync` off; nothing else should. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Receives what the server says, one line at a time; never statements or values. */
  readonly log?: (line: string) => void;
  /** Ends the start, or the running server. */
  readonly signal?: AbortSignal;
  /** Where it shall listen: where it did before, for those who know that address. Chosen when missing. */
  readonly connection?: PostgresConnection;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly connection: PostgresConnection;
  /** The same as a URL. Holds a password when the server listens on loopback. */
  readonly connectionString: string;
  readonly version: string;
  readonly pid: number;
  /** Settles when the server has ended, asked or not. Never rejects. */
  readonly exited: Promise<PostgresExit>;
  /** Shuts the server down and waits for its end, 25 seconds at most before force. May be called again. */
  stop(): Promise<void>;
}

/** How long remains of an earlier server may keep the data busy: an unreaped parent, backends finishing a query. */
const BUSY_FOR_MS = 20_000;
const BUSY = /lock file .* already exists|still in use|could not create any TCP\/IP sockets/;

/**
 * Runs PostgreSQL on `dataDir`, making the database first if there is none (1 to 2 s; later starts 0.1 to 0.2 s).
 *
 * Recovers by itself from whatever an earlier start left: a server without supervisor, stale locks, a half-made
 * database. Works as root, also below directories only root can enter.
 *
 * @throws an Error whose message names the remedy: another process runs this directory, no PostgreSQL is to be found,
 * the data belongs to another user or version, the server does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { log = () => undefined, signal = new AbortController().signal } = options;
  const postgresDir = await makePostgresDir(options.dataDir);
  const lock = await acquireDataLock(postgresDir, 'supervisor');
  try {
    signal.throwIfAborted();
    const major = await findClusterMajor(postgresDir);
    const user = await chooseServerUser(
      major === undefined ? '' : locateCluster(join(postgresDir, `${major}`)).dataDir,
    );
    const engineDir = resolve(options.engineDir ?? join(options.dataDir, 'engine'));
    const engine = await chooseEngine({ engineDir, user, major, log });
    const cluster = locateCluster(join(postgresDir, `${engine.major}`));
    await createCluster(cluster, engine, user, signal);

    const { server, connection } = await retryWhileBusy(async (isRepeated) => {
      await clearRemains(cluster, log);
      // A backend that computes hears nothing of the death of its server, and holds the data until it is done.
      if (isRepeated) await endBackends(cluster.dataDir);
      const connection = options.connection ?? (await chooseConnection(cluster));
      const settings = { ...listSettings(connection, engine.major), ...options.settings };
      const server = await launchServer({ engine, dataDir: cluster.dataDir, user, settings, log, signal });
      return { server, connection };
    }, signal);
    return supervise(server, connection, engine.version, lock, signal);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function makePostgresDir(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}

async function clearRemains(cluster: Cluster, log: (line: string) => void): Promise<void> {
  const orphan = await stopOrphan(cluster.dataDir);
  if (orphan !== undefined) log(`Stopped PostgreSQL ${orphan}, left running by a supervisor that was killed.`);
}

async function retryWhileBusy<T>(attempt: (isRepeated: boolean) => Promise<T>, signal: AbortSignal): Promise<T> {
  const giveUpAt = performance.now() + BUSY_FOR_MS;
  for (let count = 0; ; count++) {
    try {
      return await attempt(count > 0);
    } catch (error) {
      const busy = error instanceof ServerStartError && error.lines.some((line) => BUSY.test(line));
      if (!busy || performance.now() > giveUpAt) throw error;
      await delay(100, undefined, { signal });
    }
  }
}

function supervise(
  server: RunningServer,
  connection: PostgresConnection,
  version: string,
  lock: AsyncDisposable,
  signal: AbortSignal,
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopServer(server).then(async () => void (await exited));
    return stopping;
  };
  // A `process.exit()` somewhere leaves no time to wait, but enough to ask the server to go.
  const onProcessExit = () => server.child.kill('SIGINT');
  const onAbort = () => void stop();
  const exited = server.exited.then(async (exit) => {
    process.removeListener('exit', onProcessExit);
    signal.removeEventListener('abort', onAbort);
    // The next supervisor removes a lock we cannot.
    await Promise.resolve(lock[Symbol.asyncDispose]()).catch(() => undefined);
    return exit;
  });
  process.once('exit', onProcessExit);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    connection,
    connectionString: formatConnection(connection),
    version,
    pid: server.child.pid ?? 0,
    exited,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
