import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isServerOf } from './is-server-of.ts';
import { trySignal } from './try-signal.ts';

const PID_FILE = 'postmaster.pid';
/** The socket lies in the data directory and has a lock of its own, with the same faith in pids. */
const LOCK_FILES = [PID_FILE, '.s.PGSQL.5432.lock'];

/**
 * Clears `dataDir` of what an earlier start left behind: a server whose supervisor was killed is shut down, and pid
 * files that name no such server are removed. Call it only while holding the data lock.
 *
 * PostgreSQL itself trusts any live process with the recorded pid, be it a zombie or a stranger, and then refuses to
 * start. Removing the files is safe: a second interlock, a shared memory segment keyed by the data directory's inode,
 * still refuses a start while old backends are alive.
 *
 * @returns the pid of the server that was stopped, if there was one.
 */
export async function stopOrphan(dataDir: string): Promise<number | undefined> {
  const content = await readFile(join(dataDir, PID_FILE), 'utf8').catch(() => '');
  const pid = Number.parseInt(content, 10);
  const stopped = (await isServerOf(pid, dataDir)) ? await stopServer(pid, dataDir) : undefined;
  for (const name of LOCK_FILES) await rm(join(dataDir, name), { force: true });
  return stopped;
}

async function stopServer(pid: number, dataDir: string): Promise<number> {
  // Fast shutdown, then without the final checkpoint, then by force. Each loses nothing that was acknowledged.
  for (const [signal, patienceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!trySignal(pid, signal)) return pid;
    // Not our child, so there is no event to wait for.
    for (let waited = 0; waited < patienceMs; waited += 20) {
      if (!(await isServerOf(pid, dataDir))) return pid;
      await delay(20);
    }
  }
  throw new Error(`The PostgreSQL server ${pid} left on ${dataDir} does not stop: end it by hand.`);
}
