import { setTimeout as delay } from 'node:timers/promises';

/** Looks again and again until it is so: for what no event tells. Rejects after `withinMs`. */
export async function untilTrue(what: string, isSo: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(`${what} did not come about within ${withinMs} ms.`);
    await delay(50);
  }
}
