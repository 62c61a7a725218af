import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Even the smallest model needs room for its call's JSON and for the garbage collector to move things. */
const leastMemoryBytes = 128 * 1024 * 1024;

/**
 * Allows a running process this much more address space than it has now. The first 750 MB of a
 * Node process are reservations that differ from version to version, so the limit is set on top
 * of what the empty runner is seen to have. A limit that is already lower stays.
 * Returns false where the system cannot do that; the limit set at its start then remains.
 */
export async function limitMemory(prlimit: string | null, pid: number, bytes: number): Promise<boolean> {
  if (prlimit === null) return false;
  const used = await statusBytes(pid, 'VmSize');
  if (used === null) return false;
  const limit = used + Math.max(bytes, leastMemoryBytes);
  try {
    await run(prlimit, [`--pid=${pid}`, `--as=${limit}:${limit}`], { env: {} });
    return true;
  } catch {
    return false;
  }
}

/** The most memory a process ever held, or null where the system does not tell. */
export function peakBytes(pid: number): Promise<number | null> {
  return statusBytes(pid, 'VmHWM');
}

async function statusBytes(pid: number, field: 'VmSize' | 'VmHWM'): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
