import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ticks of utime and stime a second, on every Linux that Node runs on. */
const ticksPerSecond = 100;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended between the listing and here, or is another user's.
    return '';
  }
};

/** All processes of this machine; Linux alone tells. `cpuMs` counts children that ended too. */
function listAll() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (!parent || state === 'Z') return [];
      // Fields 14 to 17 of proc(5): of its own in user and system mode, and of the children it has waited for.
      const ticks = rest.slice(9, 13).reduce((sum, each) => sum + Number(each), 0);
      return [{ pid: Number(name), parent: Number(parent), cpuMs: (ticks * 1000) / ticksPerSecond }];
    });
}

/** A process and all that descend from it. */
export function listTree(pid) {
  const all = listAll();
  const tree = all.filter((each) => each.pid === pid);
  for (let at = 0; at < tree.length; at++) tree.push(...all.filter(({ parent }) => parent === tree[at].pid));
  return tree;
}

/** CPU that a process and all that descend from it have used so far, milliseconds. */
export const cpuOfTree = (pid) => listTree(pid).reduce((sum, { cpuMs }) => sum + cpuMs, 0);

/** What it was started as, its words apart. */
export const commandOf = (pid) => read(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);

/** Memory in megabytes, shared pages divided among those that share them; 0 for one that has ended. */
export const pssOf = (pid) => (Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024) / 1e6;

/** How many descriptors are open, and how many of them are sockets. */
export function descriptorsOf(pid) {
  try {
    const names = readdirSync(`/proc/${pid}/fd`);
    const sockets = names.filter((name) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${name}`).startsWith('socket:');
      } catch {
        return false;
      }
    });
    return { all: names.length, sockets: sockets.length };
  } catch {
    return { all: 0, sockets: 0 };
  }
}
