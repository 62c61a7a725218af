import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from './open-database.ts';

export interface ListenOptions {
  readonly channel: string;
  /**
   * Called with each payload, and with `undefined` whenever listening has (re)started: what was sent before is lost, so
   * look for work. Must not throw.
   */
  readonly onNotify: (payload: string | undefined) => void;
  /** Hears of broken connections; a new one is already on its way. */
  readonly onError?: (error: unknown) => void;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
/** Until it is back every hint of another process is late. */
const LONGEST_PAUSE_MS = 1_000;

/**
 * Receives wake-up hints over a connection of its own, making a new one when it breaks, until `signal` aborts.
 *
 * Hints may be lost, so they only ever shorten the wait of a poll. A pooler in transaction mode cannot carry them.
 *
 * @returns when aborted. Never rejects on account of the server.
 */
export async function listen(database: Pick<Database, 'connect'>, options: ListenOptions): Promise<void> {
  const { signal, onError = () => undefined } = options;
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      await listenOnce(database.connect(), options, () => {
        pause = FIRST_PAUSE_MS;
      });
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** Listens until the connection breaks (rejects) or `signal` aborts (resolves). */
async function listenOnce(client: pg.Client, options: ListenOptions, onStarted: () => void): Promise<void> {
  const { channel, onNotify, signal } = options;
  const ended = new Promise<void>((resolve, reject) => {
    client.once('error', reject);
    client.once('end', () => reject(new Error('The connection that listens was closed.')));
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // It may settle while we still connect, when nobody awaits it yet.
  ended.catch(() => undefined);
  // `pg` reports a breaking connection more than once.
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => onNotify(payload ?? ''));
  try {
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    onStarted();
    onNotify(undefined);
    await ended;
  } finally {
    await client.end().catch(() => undefined);
  }
}
