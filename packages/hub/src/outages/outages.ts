import type { PostgresEvent } from '@callable/postgres';
import { CallableError } from '@callable/protocol';
import { type Away, DatabaseWatch } from '../db/database-watch.ts';
import { isDatabaseAway, isDatabaseFull } from '../db/is-database-away.ts';

/** A disk that had no room when something was written to it. */
export type FullPlace = 'database' | 'log';

/** What keeps a hub from its work, and its end. `why` is for people. */
export type OutageEvent =
  | { kind: 'away'; why: string }
  | { kind: 'back'; awayMs: number }
  | { kind: 'full'; place: FullPlace; message: string }
  | { kind: 'room'; place: FullPlace; fullMs: number }
  | { kind: 'server'; event: PostgresEvent };

type Full = { since: number; until: number; message: string };

/**
 * A disk counts as full for so long after it was last found so. Then it is tried again, without a storm of attempts, and
 * has room when nothing failed for as long again.
 */
const fullForMs = 5_000;
/** What is asked of whoever comes: a database that was killed is back in a second. */
const retryAfterSeconds = 1;
const pauseMs = 250;

/**
 * Whether this hub can be written to: its database answers, and its disks have room. Loops rest while it cannot, and
 * begin again after `recover`, which gives back the time in which nobody could be heard.
 */
export class Outages {
  readonly watch: DatabaseWatch;
  readonly #full = new Map<FullPlace, Full>();
  readonly #ended = new AbortController();
  readonly #now: () => number;
  readonly #tell: (event: OutageEvent) => void;
  /** Since when loops rest; null while they work. */
  #haltedSince: number | null = null;
  #server: string | null = null;
  #recover: (haltedMs: number) => Promise<void> = async () => undefined;
  #waiting = new Set<() => void>();

  constructor(
    onEvent: (event: OutageEvent) => void = () => undefined,
    { watch = new DatabaseWatch(), now = () => performance.now() } = {},
  ) {
    this.watch = watch;
    this.#now = now;
    this.#tell = onEvent;
    watch.onAway = ({ why }: Away) => {
      this.#halt();
      this.#tell({ kind: 'away', why });
    };
    watch.onBack = (awayMs) => {
      this.#server = null;
      this.#tell({ kind: 'back', awayMs });
      void this.#resume();
    };
  }

  /** What is done at the end of every outage before the loops begin again; tried until it is done. */
  set recover(recover: (haltedMs: number) => Promise<void>) {
    this.#recover = recover;
  }

  get isHalted(): boolean {
    return this.#haltedSince !== null;
  }

  /** Aborted when this hub closes. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves when the loops may work, or the signal aborts. */
  untilOver(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (!this.isHalted || signal.aborted || this.#ended.signal.aborted) return resolve();
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** The embedded server ended, does not start, or runs again. */
  sayServer(event: PostgresEvent): void {
    this.#server = event.kind === 'started' ? null : event.why;
    this.#tell({ kind: 'server', event });
    // Its clients may not have noticed: nobody asks a server that is known to be gone.
    if (event.kind === 'ended') this.watch.lose(event.why);
  }

  sayFull(place: FullPlace, message: string): void {
    const until = this.#now() + fullForMs;
    const known = this.#full.get(place);
    this.#full.set(place, { since: known?.since ?? this.#now(), until, message });
    if (place === 'database') this.#halt();
    if (known) return;
    this.#tell({ kind: 'full', place, message });
    void this.#untilRoom(place);
  }

  /** Why this disk takes no more; null when it does, or when that is to be tried again. */
  fullMessage(place: FullPlace): string | null {
    const full = this.#full.get(place);
    return full && full.until > this.#now() ? full.message : null;
  }

  /** For health: `ok`, or what is wrong. */
  get database(): string {
    const away = this.watch.away;
    if (away) return `unreachable: ${this.#server ?? away.why}`;
    return 'ok';
  }

  /** What to answer for an accident that is an outage; null for any other. */
  errorOf(cause: unknown): CallableError | null {
    if (isDatabaseFull(cause)) {
      this.sayFull('database', 'the database has no room to write');
      return this.fullError('database', cause);
    }
    if (!isDatabaseAway(cause)) return null;
    return new CallableError('DatabaseUnavailable', undefined, { cause, details: { retryAfterSeconds } });
  }

  fullError(place: FullPlace, cause?: unknown): CallableError {
    const message = `The hub takes nothing in, because ${this.fullMessage(place) ?? 'its disk is full'}.`;
    return new CallableError('DiskFull', message, { cause, details: { retryAfterSeconds: fullForMs / 1000 } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    for (const resolve of this.#waiting) resolve();
    await this.watch[Symbol.asyncDispose]();
  }

  #halt(): void {
    this.#haltedSince ??= this.#now();
  }

  async #untilRoom(place: FullPlace): Promise<void> {
    for (let full = this.#full.get(place); full; full = this.#full.get(place)) {
      await this.#pause(full.until - this.#now());
      if (this.fullMessage(place) !== null) continue;
      await this.#resume();
      await this.#pause(fullForMs);
      if (this.#ended.signal.aborted) return;
      if (this.#full.get(place) !== full) continue;
      this.#full.delete(place);
      this.#tell({ kind: 'room', place, fullMs: this.#now() - full.since - fullForMs });
    }
  }

  /** Ends the rest of the loops, unless something else keeps them. */
  async #resume(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      if (this.#haltedSince === null || this.watch.away || this.fullMessage('database') !== null) return;
      const since = this.#haltedSince;
      try {
        await this.#recover(this.#now() - since);
      } catch (error) {
        this.errorOf(error);
        await this.#pause(pauseMs);
        continue;
      }
      // It may have gone again meanwhile: whoever brings it back comes here too.
      if (this.watch.away || this.fullMessage('database') !== null) return;
      this.#haltedSince = null;
      for (const resolve of this.#waiting) resolve();
    }
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(ms, 0)).unref();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }
}
