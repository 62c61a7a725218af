import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskError } from '@callable/disk';
import { CLUSTER_USER, type Cluster, locateCluster } from './cluster/cluster.ts';
import { findClusterMajor } from './cluster/find-cluster-major.ts';
import type { PostgresConnection } from './connection.ts';
import { isServerOf } from './process/is-server-of.ts';

/** What stands on `dataDir`: no database, one that nobody runs, or one that answers there. */
export type FoundServer = 'none' | 'stopped' | PostgresConnection;

/**
 * How to reach the embedded server of `dataDir` beside whoever supervises it, or why not. Starts and stops nothing: a
 * second supervisor would take the first one's server for an orphan.
 */
export async function findRunningServer(dataDir: string): Promise<FoundServer> {
  const cluster = await findCluster(join(dataDir, 'postgres'));
  if (!cluster) return 'none';
  const text = await readFile(join(cluster.dataDir, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return '';
    throw error;
  });
  // What PostgreSQL writes there: pid, directory, start, port, socket directory, address, memory, state.
  const [pid, , , port, socket, address, , state] = text.split('\n').map((line) => line.trim());
  if (state !== 'ready' || !(await isServerOf(Number(pid), cluster.dataDir))) return 'stopped';
  const reached = { port: Number(port), user: CLUSTER_USER, database: 'postgres' };
  if (socket) return { host: cluster.dataDir, ...reached };
  const password = await readFile(cluster.passwordFile, 'utf8');
  return { host: address || '127.0.0.1', password, ...reached };
}

async function findCluster(postgresDir: string): Promise<Cluster | null> {
  try {
    const major = await findClusterMajor(postgresDir);
    return major === undefined ? null : locateCluster(join(await realpath(postgresDir), `${major}`));
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  }
}
