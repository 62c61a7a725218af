import { setTimeout as delay } from 'node:timers/promises';
import type { RunningServer } from './launch-server.ts';

/**
 * Ends the server: politely, then without the final checkpoint, then by force. Nothing acknowledged is lost by any of
 * them, only the next start takes longer.
 */
export async function stopServer({ child, exited }: RunningServer): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    child.kill(signal);
    if (await endsWithin(exited, patienceMs)) return;
  }
  child.kill('SIGKILL');
  await exited;
}

async function endsWithin(exited: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([exited.then(() => true), timeout]);
  } finally {
    timer.abort();
  }
}
