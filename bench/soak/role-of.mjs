import { commandOf, descriptorsOf, listTree, pssOf } from '../support/watch-processes.mjs';

/** What a process of the tree of `callable up` is, by the program it was started as. */
function roleOf({ pid }, root) {
  if (pid === root) return 'up';
  const words = commandOf(pid).join(' ');
  if (/postgres/.test(words)) return 'postgres';
  if (/runtime\/dist\/|runner/.test(words)) return 'runner';
  if (/packages\/node\/dist\//.test(words)) return 'node';
  return /packages\/(hub|local)\/dist\//.test(words) ? 'hub' : 'other';
}

export const processesOf = (root) => listTree(root).map((each) => ({ ...each, role: roleOf(each, root) }));

/** Memory (PSS, MB), descriptors and processes by role at this moment. */
export function sample(root) {
  const byRole = new Map();
  for (const { pid, role } of processesOf(root)) {
    const sum = byRole.get(role) ?? { count: 0, megabytes: 0, descriptors: 0, sockets: 0 };
    const { all, sockets } = descriptorsOf(pid);
    byRole.set(role, {
      count: sum.count + 1,
      megabytes: sum.megabytes + pssOf(pid),
      descriptors: sum.descriptors + all,
      sockets: sum.sockets + sockets,
    });
  }
  return byRole;
}
