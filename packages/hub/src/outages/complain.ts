import type { Logger } from 'pino';
import type { Outages } from './outages.ts';

/** Logs an accident, unless it is part of an outage: that was said once, and every loop would say it again and again. */
export function complain(
  { outages, log }: { outages: Outages; log: Pick<Logger, 'error'> },
  error: unknown,
  what: string,
  about: Record<string, unknown> = {},
): void {
  if (outages.errorOf(error) === null) log.error({ ...about, err: error }, what);
}
