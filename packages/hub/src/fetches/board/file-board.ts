import { EventEmitter } from 'node:events';
import type { Address, ChunkSet } from '@callable/protocol';

/** A lease ends this long after the node last said that it works on it, milliseconds. */
export const chunkLeaseMs = 15_000;
/** And this long after it was given, whatever the node says: long enough for 4 MiB at 70 kB/s. */
const longestLeaseMs = 60_000;
/** A node that let a lease run out gets no other for this long, while others fetch: it may be slow, or out to hold them up. */
const lapsedForMs = 120_000;
/** A node is taken to be fetching, and to have what it said, for this long after it last asked. */
const presentForMs = 30_000;
/** Who has the whole file asks no more, and announces it only with the last file of its release. */
const wholeForMs = 10 * 60_000;
const mostHolders = 1000;

export type Holder = { node: Address; url: string | null; have: ChunkSet };
type Fetcher = Holder & { at: number; lapsedAt: number };
type ChunkLease = { node: Address; givenAt: number; until: number };

/** What nodes have of one file, and which of its chunks each is to take from the hub: one node per chunk at a time. */
export class FileBoard {
  readonly chunks: number;
  touchedAt = 0;
  /** Nodes that announce to hold the whole file, and when they were looked up. */
  seeders: Holder[] = [];
  seedersAt = Number.NEGATIVE_INFINITY;
  readonly #clock: () => number;
  readonly #fetchers = new Map<Address, Fetcher>();
  readonly #leases = new Map<number, ChunkLease>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(chunks: number, clock: () => number) {
    this.chunks = chunks;
    this.#clock = clock;
  }

  /**
   * Takes in what a node says of itself; leases it does not name are given back. `adopt`: what it says to be fetching
   * is leased to it, by a hub that is gone.
   */
  report(
    node: Address,
    state: { have: ChunkSet; working: readonly number[]; url: string | null; adopt?: boolean },
  ): void {
    const now = this.#clock();
    this.#expire(now);
    const before = this.#fetchers.get(node);
    this.#fetchers.delete(node);
    const { have, url } = state;
    this.#fetchers.set(node, { node, url, have, at: now, lapsedAt: before?.lapsedAt ?? Number.NEGATIVE_INFINITY });
    let isNews = (before?.have.size ?? 0) !== have.size && url !== null;
    const working = new Set(state.working);
    for (const [index, lease] of this.#leases) {
      if (lease.node !== node) continue;
      if (working.has(index)) lease.until = Math.min(now + chunkLeaseMs, lease.givenAt + longestLeaseMs);
      else {
        this.#leases.delete(index);
        isNews ||= !have.has(index);
      }
    }
    if (state.adopt)
      for (const index of working)
        if (!this.#leases.has(index)) this.#leases.set(index, { node, givenAt: now, until: now + chunkLeaseMs });
    for (const [oldest] of this.#fetchers) {
      if (this.#fetchers.size <= mostHolders) break;
      this.#fetchers.delete(oldest);
    }
    if (isNews) this.#changes.emit('change');
  }

  /** Leases up to `want` of these chunks to a node: those that nobody else has or is fetching. */
  lease(node: Address, lacking: readonly number[], want: number, holders: readonly Holder[]): number[] {
    const now = this.#clock();
    this.#expire(now);
    const asking = this.#fetchers.get(node);
    if (!asking || (now - asking.lapsedAt < lapsedForMs && this.#isAnyoneElse(node))) return [];
    // What a node behind NAT takes helps nobody else: while one that others can reach is fetching, it waits for that.
    if (asking.url === null && this.#isReachableFetching(node)) return [];
    const given: number[] = [];
    for (const index of lacking) {
      if (given.length >= want) break;
      if (this.#leases.has(index) || holders.some((holder) => holder.have.has(index))) continue;
      this.#leases.set(index, { node, givenAt: now, until: now + chunkLeaseMs });
      given.push(index);
    }
    return given;
  }

  /** Whether one of these chunks will come without this node: another is fetching it, and can be reached. */
  isUnderWay(node: Address, lacking: readonly number[]): boolean {
    if (this.#fetchers.get(node)?.url === null && this.#isReachableFetching(node)) return true;
    return lacking.some((index) => {
      const lease = this.#leases.get(index);
      return lease !== undefined && lease.node !== node;
    });
  }

  /** Everybody who has something and can be reached, but for the one that asks. */
  holders(except: Address): Holder[] {
    const now = this.#clock();
    const fetchers = [...this.#fetchers.values()].filter(
      ({ have, at }) => have.size > 0 && now - at < (have.isFull ? wholeForMs : presentForMs),
    );
    const named = new Set(fetchers.map((fetcher) => fetcher.node));
    const seeders = this.seeders.filter((seeder) => !named.has(seeder.node));
    return [...fetchers, ...seeders].filter((holder) => holder.url !== null && holder.node !== except);
  }

  countFetching(): number {
    const since = this.#clock() - presentForMs;
    return [...this.#fetchers.values()].filter((fetcher) => fetcher.at > since && !fetcher.have.isFull).length;
  }

  /** Resolves when somebody has more, a lease is free again, time is up or the signal aborts; never rejects. */
  async nextChange(waitMs: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock();
    const firstEnd = Math.min(...[...this.#leases.values()].map((lease) => lease.until - now), waitMs);
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#changes.off('change', finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, Math.max(1, firstEnd));
      this.#changes.on('change', finish);
      signal.addEventListener('abort', finish, { once: true });
      if (signal.aborted) finish();
    });
  }

  #expire(now: number): void {
    for (const [index, lease] of this.#leases) {
      if (lease.until > now) continue;
      this.#leases.delete(index);
      const late = this.#fetchers.get(lease.node);
      if (late) late.lapsedAt = now;
    }
  }

  #isAnyoneElse(node: Address): boolean {
    const since = this.#clock() - presentForMs;
    return [...this.#fetchers.values()].some((other) => other.node !== node && other.at > since && !other.have.isFull);
  }

  #isReachableFetching(except: Address): boolean {
    const now = this.#clock();
    return [...this.#fetchers.values()].some(
      (fetcher) =>
        fetcher.node !== except &&
        fetcher.url !== null &&
        !fetcher.have.isFull &&
        fetcher.at > now - chunkLeaseMs &&
        now - fetcher.lapsedAt >= lapsedForMs,
    );
  }
}
