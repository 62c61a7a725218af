import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from '@callable/disk';
import type { Engine } from '../engine/engine.ts';
import type { ServerUser } from '../process/server-user.ts';
import { spawnInDirectory } from '../process/spawn-in-directory.ts';
import { CLUSTER_USER, type Cluster } from './cluster.ts';

const DRAFT = '.new-';

/**
 * Makes the cluster unless it exists, and makes it belong to the user the server will run as.
 *
 * It is built beside its final place and renamed when complete and on disk, so a start killed half-way leaves a draft
 * that the next start throws away. Call it only while holding the data lock.
 *
 * @throws with the last lines of `initdb` when that fails.
 */
export async function createCluster(
  cluster: Cluster,
  engine: Engine,
  user: ServerUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const parent = dirname(cluster.home);
  await removeDrafts(parent);
  const found = await stat(cluster.dataDir).catch(() => undefined);
  if (found) {
    // A backup restored by root belongs to root.
    if (user && found.uid !== user.uid) await giveTo(cluster.home, user);
    // PostgreSQL refuses a directory that others may enter, and a restored one often is.
    if ((found.mode & 0o077) !== 0) await chmod(cluster.dataDir, 0o700);
    return;
  }
  const draft = join(parent, `${DRAFT}${randomUUID()}`);
  await mkdir(draft, { mode: 0o700 });
  await writeFile(join(draft, 'password'), randomBytes(32).toString('base64url'), { mode: 0o600 });
  if (user) await giveTo(draft, user);
  await runInitdb(draft, engine, user, signal);
  await rename(draft, cluster.home);
  await syncDirectory(parent);
}

async function runInitdb(
  draft: string,
  engine: Engine,
  user: ServerUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const child = spawnInDirectory({
    file: join(engine.binDir, 'initdb'),
    directory: draft,
    user,
    args: (directory) => [
      `--pgdata=${directory}/data`,
      `--pwfile=${directory}/password`,
      `--username=${CLUSTER_USER}`,
      // Byte order: the same sorting on every machine, and no index breaks when the C library changes its tables.
      '--locale=C',
      '--encoding=UTF8',
      '--data-checksums',
      // Whoever can reach the socket owns the directory it is in.
      '--auth-local=trust',
      '--auth-host=scram-sha-256',
      '--no-instructions',
    ],
  });
  const cancel = () => child.kill('SIGTERM');
  signal.addEventListener('abort', cancel, { once: true });
  try {
    let tail = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        tail = (tail + chunk.toString()).slice(-2_000);
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`initdb of PostgreSQL ${engine.version} failed: ${tail.trim()}`);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function giveTo(path: string, user: ServerUser): Promise<void> {
  try {
    await promisify(execFile)('chown', ['-Rh', `${user.uid}:${user.gid}`, path]);
  } catch (cause) {
    throw new Error(
      `PostgreSQL does not run as root, and ${path} cannot be given to uid ${user.uid}: ` +
        'start as an ordinary user, or set DATABASE_URL.',
      { cause },
    );
  }
}

async function removeDrafts(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    // An `initdb` that outlived its supervisor may still be writing; it fails once its directory is gone.
    if (name.startsWith(DRAFT)) await rm(join(parent, name), { recursive: true, force: true, maxRetries: 10 });
  }
}
