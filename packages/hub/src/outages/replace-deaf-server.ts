import { setTimeout as delay } from 'node:timers/promises';
import type { KeptPostgres } from '@callable/postgres';
import type { Outages } from './outages.ts';

const lookEveryMs = 1000;
/** A server that is ready takes connections at once. */
const deafForMs = 5_000;

/**
 * Ends an embedded server that runs but takes no connection. Seen on a full disk: it had lost a part of itself while it
 * began, closed its socket, and waited for the rest of itself without an end.
 */
export async function replaceDeafServer(
  { watch }: Outages,
  postgres: Pick<KeptPostgres, 'readyForMs' | 'replace'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const isDeaf = watch.away?.isRefused === true && Date.now() - watch.away.since > deafForMs;
    if (isDeaf && postgres.readyForMs > deafForMs) postgres.replace();
    await delay(lookEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
