import type { Digest, ReleaseView } from '@callable/protocol';
import type { ChangeFeed } from '../changes/change-feed.ts';

/** Somebody who is told of a release as long as it follows. */
export type Follower = {
  /** A new view, as a server-sent event. */
  tell: (event: Buffer) => void;
  /** Nothing has changed, and the line is open. */
  stillHere: () => void;
  /** No more will be told. */
  end: () => void;
};

type Source = {
  changes: ChangeFeed;
  read: (digest: Digest) => Promise<ReleaseView>;
  /** Whether a failure is over, so that the next read may go better; waits for it. */
  mayGoOn?: (error: unknown) => Promise<boolean>;
  /** Any other read that failed ends those who follow the release: they come again. */
  onFailure: (error: unknown) => void;
};

/** Followers with the document each was told last, and what ends the pause before the next look. */
type Channel = { followers: Map<Follower, string>; wake: () => void };

/** How often a silent release is looked at: conditions also change by growing old, which no statement announces. */
const lookAgainMs = 10_000;
const beatMs = 10_000;
/** Releases looked at in a second of which nothing was said: thousands of followed ones would be a load of their own. */
const looksPerSecond = 20;
/** Told without a pause: one write costs about 20 µs, and whoever makes a statement waits for the same thread. */
const toldAtOnce = 10;
/** After a round of so long its followers rest nine times as long: they take a tenth of the time at most. */
const restRatio = 9;
const longestRestMs = 2_000;

/**
 * Tells all followers of a release with one read and one document. With a read for each, a thousand followers of one
 * release kept a hub busy for minutes with a few statements about it.
 */
export class ReleaseFeed {
  readonly #source: Source;
  readonly #channels = new Map<Digest, Channel>();
  #beat: NodeJS.Timeout | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Tells the follower what is true now, and every change, until the returned function is called. */
  follow(digest: Digest, follower: Follower): () => void {
    const channel = this.#channels.get(digest) ?? this.#open(digest);
    channel.followers.set(follower, '');
    channel.wake();
    return () => {
      channel.followers.delete(follower);
      if (channel.followers.size === 0) channel.wake();
    };
  }

  #open(digest: Digest): Channel {
    const channel: Channel = { followers: new Map(), wake: () => undefined };
    this.#channels.set(digest, channel);
    this.#beat ??= setInterval(() => this.#beatAll(), beatMs).unref();
    // Not at once: its first follower is not in yet.
    queueMicrotask(() => void this.#run(digest, channel));
    return channel;
  }

  /** Reads and tells in turn, so that many changes in between are one; ends with the last follower. */
  async #run(digest: Digest, channel: Channel): Promise<void> {
    const { changes, onFailure } = this.#source;
    try {
      while (channel.followers.size > 0) {
        const woken = new AbortController();
        channel.wake = () => woken.abort();
        const pause = Math.max(lookAgainMs, (this.#channels.size * 1000) / looksPerSecond);
        const change = changes.next({ topic: 'release', subject: digest }, pause, woken.signal);
        const began = performance.now();
        await tellAll(channel.followers, await this.#read(digest));
        await rest((performance.now() - began) * restRatio);
        await change;
      }
    } catch (error) {
      onFailure(error);
    }
    // Whoever comes from now on begins another.
    this.#channels.delete(digest);
    if (this.#channels.size === 0) {
      clearInterval(this.#beat);
      this.#beat = undefined;
    }
    for (const follower of channel.followers.keys()) follower.end();
  }

  async #read(digest: Digest): Promise<ReleaseView> {
    const { read, mayGoOn } = this.#source;
    for (;;) {
      try {
        return await read(digest);
      } catch (error) {
        if (!(await mayGoOn?.(error))) throw error;
      }
    }
  }

  #beatAll(): void {
    for (const { followers } of this.#channels.values()) void inSlices(followers, (follower) => follower.stillHere());
  }
}

async function tellAll(followers: Map<Follower, string>, view: ReleaseView): Promise<void> {
  // Places in the queue move all the time: they come along with what happens to the release itself.
  const { manifest: _, queue: __, ...changing } = view;
  const now = JSON.stringify(changing);
  const event = Buffer.from(`event: release\ndata: ${JSON.stringify(view)}\n\n`);
  await inSlices(followers, (follower, last) => {
    if (last === now) return;
    followers.set(follower, now);
    follower.tell(event);
  });
}

/** Those who are there at the beginning and have not left meanwhile, with pauses for others who wait for this thread. */
async function inSlices(followers: Map<Follower, string>, visit: (follower: Follower, last: string) => void) {
  let visited = 0;
  for (const follower of [...followers.keys()]) {
    const last = followers.get(follower);
    if (last !== undefined) visit(follower, last);
    visited += 1;
    if (visited % toldAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, longestRestMs)).unref());
