import { readdir } from 'node:fs/promises';

/** Major version of the cluster below `postgresDir`; the newest when an upgrade left an older one beside it. */
export async function findClusterMajor(postgresDir: string): Promise<number | undefined> {
  const names = await readdir(postgresDir);
  const majors = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return majors.length === 0 ? undefined : Math.max(...majors);
}
