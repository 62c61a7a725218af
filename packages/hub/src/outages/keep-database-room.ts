import { setTimeout as delay } from 'node:timers/promises';
import type { Outages } from './outages.ts';

const lookEveryMs = 1000;
const MiB = 2 ** 20;

/**
 * Writes end before the disk of the embedded database does. PostgreSQL that cannot write its log ends itself, and does
 * not start again before there is room: then nothing could be read either.
 */
export async function keepDatabaseRoom(
  outages: Pick<Outages, 'sayFull'>,
  { freeBytes, spareBytes }: { freeBytes: () => Promise<number>; spareBytes: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const free = await freeBytes().catch(() => null);
    if (free !== null && free < spareBytes)
      outages.sayFull(
        'database',
        `the disk of the database has ${Math.floor(free / MiB)} MiB left, and ${Math.ceil(spareBytes / MiB)} are kept free`,
      );
    await delay(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
