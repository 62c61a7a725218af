import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of a clock tick of /proc. */
const tickMs = 10;

/** Milliseconds of CPU that a process and all below it have used, by what they are. Linux only. */
export function cpuOf(pid) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
  const below = new Set([pid]);
  for (let before = 0; before !== below.size; ) {
    before = below.size;
    for (const { id, parent } of all) if (below.has(parent)) below.add(id);
  }
  const used = {};
  for (const { id, name, ms } of all) {
    if (!below.has(id)) continue;
    const kind = id === pid ? 'main' : name.startsWith('postgres') ? 'postgres' : 'others';
    used[kind] = (used[kind] ?? 0) + ms;
  }
  return used;
}

function readStat(id) {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { id, name, parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * tickMs };
  } catch {
    // It has ended meanwhile.
    return null;
  }
}
