import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isServerOf } from './is-server-of.ts';
import { trySignal } from './try-signal.ts';

/**
 * Ends what a dead server left running on `dataDir`. Call it only while holding the data lock, when no server runs there:
 * a new one refuses to start beside an old backend, and that may compute for minutes. What it wrote is in the log of the
 * database, or was never acknowledged, so ending it is what PostgreSQL does itself when one backend crashes. Linux only:
 * elsewhere a process does not show where it stands, and the next start waits.
 */
export async function endBackends(dataDir: string): Promise<void> {
  if (process.platform !== 'linux') return;
  // SIGQUIT ends a backend at once, unless it was stopped.
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    const left = await listBackends(dataDir);
    if (left.length === 0) return;
    for (const pid of left) trySignal(pid, signal);
    await delay(100);
  }
}

async function listBackends(dataDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) if (await isServerOf(pid, dataDir)) found.push(pid);
  return found;
}
