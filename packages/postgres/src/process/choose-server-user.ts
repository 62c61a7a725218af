import { stat } from 'node:fs/promises';
import type { ServerUser } from './server-user.ts';

/**
 * Decides under which account the server of the cluster in `clusterDir` runs.
 *
 * PostgreSQL refuses to run as root. As root we therefore become the owner of an existing cluster, so that a cluster
 * made by an ordinary user stays usable for that user, and `nobody` for a new one: it exists everywhere, so nothing is
 * added to the host. (`initdb` refuses a uid without an entry in the user database.)
 *
 * @returns `undefined` when the server runs as ourselves.
 * @throws when we are not root and the cluster belongs to somebody else.
 */
export async function chooseServerUser(clusterDir: string): Promise<ServerUser | undefined> {
  const self = process.getuid?.();
  const owner = await stat(clusterDir).catch(() => undefined);
  if (self === 0) return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody();
  if (owner && owner.uid !== self) {
    throw new Error(
      `The database in ${clusterDir} belongs to uid ${owner.uid}, but this process runs as uid ${self}: ` +
        'start it as that user or as root.',
    );
  }
  return undefined;
}

function nobody(): ServerUser {
  const id = process.platform === 'darwin' ? -2 : 65534;
  return { uid: id, gid: id };
}
