import { execFile } from 'node:child_process';
import { readdir, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

export type FoundProcess = { pid: number; parent: number; group: number; words: string };

/**
 * Every process that has to do with this data directory: named on its command line, or working in it. Runners and
 * database backends rewrite or drop their command line, so that one of the two alone would miss some.
 */
export async function findProcesses(dataDir: string): Promise<FoundProcess[]> {
  const all = await listProcesses();
  const directories = await Promise.all(all.map(({ pid }) => workingDirectoryOf(pid)));
  return all.filter(({ pid, words }, at) => {
    const within = directories[at]?.startsWith(dataDir) || words.includes(dataDir);
    return within && pid !== process.pid;
  });
}

/** A process and all that descend from it, the oldest first. */
export async function findTree(root: number): Promise<FoundProcess[]> {
  const all = await listProcesses();
  const tree = all.filter(({ pid }) => pid === root);
  for (const one of tree) tree.push(...all.filter(({ parent }) => parent === one.pid));
  return tree;
}

/** Zombies are no processes any more: only their parent has not looked yet. */
async function listProcesses(): Promise<FoundProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,pgid=,stat=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, state, words] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), words: words ?? '' }];
  });
}

const hasProc = await readdir('/proc/self').then(
  () => true,
  () => false,
);

async function workingDirectoryOf(pid: number): Promise<string | null> {
  if (!hasProc) return null;
  return readlink(`/proc/${pid}/cwd`).catch(() => null);
}
