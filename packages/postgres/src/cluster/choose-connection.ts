import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { PostgresConnection } from '../connection.ts';
import { CLUSTER_USER, type Cluster } from './cluster.ts';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const LONGEST_SOCKET_PATH = 100;
/** Only names the socket file. */
const SOCKET_PORT = 5432;

/**
 * Where the server shall listen: on a socket in its own data directory, which only its user can enter, so no port can
 * clash and no stranger can knock. Where that path would be too long for a socket: on loopback, with a password.
 */
export async function chooseConnection(cluster: Cluster): Promise<PostgresConnection> {
  const database = 'postgres';
  if (Buffer.byteLength(`${cluster.dataDir}/.s.PGSQL.${SOCKET_PORT}`) <= LONGEST_SOCKET_PATH) {
    return { host: cluster.dataDir, port: SOCKET_PORT, user: CLUSTER_USER, database };
  }
  const password = await readFile(cluster.passwordFile, 'utf8');
  return { host: '127.0.0.1', port: await findFreePort(), user: CLUSTER_USER, password, database };
}

/** PostgreSQL cannot be asked to choose a port itself. Somebody may take it before it does: then the start is retried. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The system named no free port.');
  return address.port;
}
