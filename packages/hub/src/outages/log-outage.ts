import type { Logger } from 'pino';
import type { OutageEvent } from './outages.ts';

const seconds = (ms: number) => Number((ms / 1000).toFixed(1));

/** One line for each turn of an outage, where every loop would write one several times a second. */
export function logOutage(log: Logger, event: OutageEvent): void {
  if (event.kind === 'server') logServer(log, event.event);
  else if (event.kind === 'away')
    log.error(
      { reason: 'DatabaseUnavailable', why: event.why },
      'the database does not answer; requests are answered 503, calls go on',
    );
  else if (event.kind === 'back') log.warn({ awaySeconds: seconds(event.awayMs) }, 'the database answers again');
  else if (event.kind === 'full')
    log.error(
      { reason: 'DiskFull', place: event.place, why: event.message },
      'nothing is taken in until there is room',
    );
  else log.warn({ place: event.place, fullSeconds: seconds(event.fullMs) }, 'there is room again');
}

type ServerEvent = Extract<OutageEvent, { kind: 'server' }>['event'];

function logServer(log: Logger, event: ServerEvent): void {
  if (event.kind === 'ended')
    log.error({ why: event.why, againInMs: event.againInMs }, 'the database ended; it is started again');
  else if (event.kind === 'started') log.warn({ awaySeconds: seconds(event.awayMs) }, 'the database was started again');
  else if (event.isLastWord)
    log.fatal(
      { why: event.why, attempts: event.attempts },
      'the database cannot be started: see docs/outages.md; it is tried every 30 s',
    );
  // The first and the last word; what is between says the same.
  else if (event.attempts === 1)
    log.error({ why: event.why, againInMs: event.againInMs }, 'the database did not start; it is tried again');
}
