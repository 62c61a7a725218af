import { setTimeout as pause } from 'node:timers/promises';
import type { NodeContext } from '../context.ts';

/** How long calls that run may still take when the node stops, milliseconds. */
const patienceMs = 10_000;

/** Waits until no call runs any more, for a while. */
export async function finishCalls({ slots, log }: Pick<NodeContext, 'slots' | 'log'>): Promise<void> {
  const until = performance.now() + patienceMs;
  while (slots.used > 0 && performance.now() < until) await pause(20);
  if (slots.used > 0) log.warn({ calls: slots.used }, 'stopping while calls still run');
}
