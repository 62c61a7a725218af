import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { DatabaseAwayError, isDatabaseAway } from './is-database-away.ts';

/** Why the database cannot be asked, for people, and since when. */
export type Away = {
  readonly why: string;
  readonly since: number;
  /** Nobody listens at its address. */
  readonly isRefused: boolean;
};

export type WatchTimes = typeof usual;

/** Milliseconds, and a number of looks. */
const usual = {
  look: 200,
  /** 1.2 s. With the looks before them, which find silence and ask, routes answer within two seconds. */
  silentLooks: 6,
  firstPause: 50,
  longestPause: 1000,
};

/**
 * Knows whether the database answers. It counts what arrives on all connections and asks on one of its own only when
 * nothing did, so a hub at work costs no question more. A database is away when it refuses that connection, or when it
 * was asked and no connection gave a byte for six looks. Looks are counted and not time: a hub that stood still itself
 * accuses nobody.
 *
 * While it is away every connection is closed: queries that hung end at once, and so do loops that waited for them. New
 * ones are refused until the watch's own was answered.
 */
export class DatabaseWatch {
  readonly #sockets = new Map<Socket, number>();
  readonly #times: WatchTimes;
  readonly #ended = new AbortController();
  #connect: ((stream: () => Socket) => pg.Client) | null = null;
  #client: pg.Client | null = null;
  #asking: Promise<void> | null = null;
  /** Whether an answer is due now: between two attempts none is. */
  #isDue = false;
  #silent = 0;
  #pauseMs: number;
  #away: Away | null = null;
  onAway: (away: Away) => void = () => undefined;
  onBack: (awayMs: number) => void = () => undefined;

  constructor(times: WatchTimes = usual) {
    this.#times = times;
    this.#pauseMs = times.firstPause;
  }

  get away(): Away | null {
    return this.#away;
  }

  /** The socket of a new connection, as `pg` takes it. While the database is away it ends at once: nobody waits in it. */
  readonly stream = (): Socket => {
    const socket = this.#own();
    const away = this.#away;
    if (away) setImmediate(() => socket.destroy(new DatabaseAwayError(`The database does not answer: ${away.why}.`)));
    return socket;
  };

  readonly #own = (): Socket => {
    const socket = new Socket();
    this.#sockets.set(socket, 0);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  /** Looks until disposed. `connect` makes a connection over the socket it is given. */
  begin(connect: (stream: () => Socket) => pg.Client): void {
    this.#connect = connect;
    const timer = setInterval(() => this.#look(), this.#times.look);
    timer.unref();
    this.#ended.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Throws while the database is away. */
  refuseWhileAway(): void {
    if (this.#away) throw new DatabaseAwayError(`The database does not answer: ${this.#away.why}.`);
  }

  /** Somebody was refused or cut off: whether that is one connection or the database is asked now. */
  suspect(error: unknown): void {
    if (isDatabaseAway(error)) this.#ask();
  }

  /** It is known to be gone, also to those who have not noticed. */
  lose(why: string): void {
    this.#goAway(why);
    this.#ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    const ending = this.#client?.end().catch(() => undefined);
    await this.#asking;
    await ending;
  }

  #look(): void {
    if (this.#hasHeard()) this.#silent = 0;
    else if (this.#isDue) this.#silent++;
    else this.#ask();
    if (this.#silent < this.#times.silentLooks) return;
    this.#silent = 0;
    this.#goAway('it stands still');
  }

  /** Whether a byte came on any connection since the last look. */
  #hasHeard(): boolean {
    let heard = false;
    for (const [socket, before] of this.#sockets) {
      if (socket.bytesRead === before) continue;
      this.#sockets.set(socket, socket.bytesRead);
      heard = true;
    }
    return heard;
  }

  #goAway(why: string): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
    if (this.#ended.signal.aborted) return;
    if (this.#away) {
      this.#away = { ...this.#away, isRefused: why === refused };
      return;
    }
    this.#away = { why, since: Date.now(), isRefused: why === refused };
    this.onAway(this.#away);
  }

  #ask(): void {
    if (this.#ended.signal.aborted) return;
    this.#asking ??= this.#askUntilAnswered().finally(() => {
      this.#asking = null;
    });
  }

  /** Asks once, and while the database is away again and again. */
  async #askUntilAnswered(): Promise<void> {
    const { signal } = this.#ended;
    // A connection that broke while nobody used it tells nothing: the new one decides.
    for (let isNew = false; !signal.aborted; ) {
      isNew ||= this.#client === null;
      try {
        await this.#askOnce();
        return this.#comeBack();
      } catch (error) {
        this.#client = null;
        if (isNew) this.#goAway(describe(error));
        isNew = true;
      }
      if (!this.#away) continue;
      await pause(this.#pauseMs, undefined, { signal }).catch(() => undefined);
      this.#pauseMs = Math.min(2 * this.#pauseMs, this.#times.longestPause);
    }
  }

  async #askOnce(): Promise<void> {
    if (!this.#connect) return;
    this.#silent = 0;
    this.#isDue = true;
    try {
      if (!this.#client) {
        const client = this.#connect(this.#own);
        client.on('error', () => undefined);
        await client.connect();
        this.#client = client;
      }
      await this.#client.query('select 1');
    } finally {
      this.#isDue = false;
    }
  }

  #comeBack(): void {
    this.#pauseMs = this.#times.firstPause;
    if (!this.#away) return;
    const awayMs = Date.now() - this.#away.since;
    this.#away = null;
    this.onBack(awayMs);
  }
}

const refused = 'nobody listens at its address';

/** What was wrong, never with the address: a password may be in it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'it says nothing';
  const { code } = error as { code?: string };
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return refused;
  return (error.message || code || 'it says nothing').slice(0, 200);
}
