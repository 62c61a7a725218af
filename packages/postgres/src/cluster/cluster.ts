import { join } from 'node:path';

/** The database's superuser, and the owner of everything in it. */
export const CLUSTER_USER = 'callable';

/** Where a cluster of one major version keeps its parts. */
export interface Cluster {
  readonly home: string;
  /** What PostgreSQL calls its data directory; its socket lies in it too. */
  readonly dataDir: string;
  readonly passwordFile: string;
}

export function locateCluster(home: string): Cluster {
  return { home, dataDir: join(home, 'data'), passwordFile: join(home, 'password') };
}
