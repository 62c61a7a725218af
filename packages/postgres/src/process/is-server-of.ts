import { stat } from 'node:fs/promises';
import { readProcess } from '@callable/disk';

/** A path in the arguments proves nothing (ours is often `/proc/self/fd/3`); the directory the server stands in does. */
export async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  const running = await readProcess(pid);
  if (!running || !/(^|\/)(postgres|postmaster)\b/.test(running.command)) return false;
  if (process.platform !== 'linux') return running.command.includes(`-D ${dataDir}`);
  const [workingDir, wanted] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(dataDir)]);
  return workingDir !== undefined && workingDir.dev === wanted.dev && workingDir.ino === wanted.ino;
}
