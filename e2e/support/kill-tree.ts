import { findTree } from './find-processes.ts';

/** kill -9 of a process and all its descendants, at one moment as nearly as a system allows. */
export async function killTree(root: number): Promise<void> {
  // Stopped first: what is stopped can start nothing while the others are looked for.
  send(root, 'SIGSTOP');
  const stopped = await findTree(root);
  for (const { pid } of stopped) send(pid, 'SIGSTOP');
  for (const { pid } of await findTree(root)) send(pid, 'SIGKILL');
  send(root, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
