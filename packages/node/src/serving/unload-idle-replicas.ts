import { setTimeout as pause } from 'node:timers/promises';
import type { NodeContext } from '../context.ts';

const everyMs = 60_000;

/** Gives memory of models nobody asks for back to the machine, until the signal aborts. */
export async function unloadIdleReplicas(
  { replicas, config }: Pick<NodeContext, 'replicas' | 'config'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await replicas.unloadIdle(config.idleMs);
  }
}
