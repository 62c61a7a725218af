import { EventEmitter } from 'node:events';
import { type Address, ChunkSet, type FetchAnswer, type ManifestFile } from '@callable/protocol';
import { type Aggregator, type Failure, type FetchSource, type Hub, newStanding, type Peer } from './fetch-sources.ts';
import { type Flight, Flights } from './flights.ts';

/** Requests to one peer at a time: it has others to serve. */
const mostPerPeer = 3;
const mostPerAggregator = 2;
/** A source that failed this often in a row is not asked again for this file. */
const mostFailures = 3;
/** A peer that said it is busy is left alone this long, milliseconds. */
const busyMs = 300;
/** An aggregator that failed, for whatever reason; doubled each time. */
const aggregatorPauseMs = 500;
/** Nothing heard from any source for this long, milliseconds: from then on the hub is asked without a lease. */
const patienceMs = 10_000;
/** The same when only the hub's word says that others are fetching. */
const longestPatienceMs = 60_000;
/**
 * And when there is no word from it, nor another way to the file: most hubs are back by then, and a herd each on its own
 * costs it many copies.
 */
const outagePatienceMs = 30_000;
/**
 * The last chunks may come from two sources, whichever is faster: this many, so that the second copies of a file never
 * cost more than these. A source is slow after this time, and after a multiple of what a chunk took so far.
 */
const mostDoubled = 4;
const slowMs = 2_000;
const slowTimes = 4;
/**
 * The hub is the last to be asked for a second copy, and of a file that others fetch too for one chunk only: its
 * bandwidth is everybody's, and a herd that is slow together would else cost it most of a copy more.
 */
const hubSlowTimes = 3;
const mostDoubledByHub = 1;

const hub: Hub = { kind: 'hub' };

/** Which chunk of one file is to be taken next from where. It asks nobody; lanes and the lease loop act on it. */
export class FetchPlan {
  readonly file: ManifestFile;
  readonly have: ChunkSet;
  readonly peers = new Map<Address, Peer>();
  readonly dropped = new Set<Address>();
  aggregators: Aggregator[] = [];
  /** Chunks leased to this node that no lane has begun. */
  readonly granted: number[] = [];
  readonly inFlight: Flights<FetchSource>;
  /** No use in leases, or no time left for them: whatever is missing is taken from the hub. */
  alone = false;
  /** Since it was last asked for leases it has failed once. */
  isHubLost = false;
  /** Aborts when every chunk is here. */
  readonly finished: AbortSignal;
  readonly #finish = new AbortController();
  readonly #clock: () => number;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #cursor: number;
  #heardAt: number;
  #keptAt: number;
  /** What a chunk took, milliseconds, the latest weighing most. */
  #usualMs = 0;
  #doubledByHub = 0;

  constructor(file: ManifestFile, have: ChunkSet, clock: () => number, start: number) {
    this.file = file;
    this.have = have;
    this.finished = this.#finish.signal;
    this.#clock = clock;
    this.inFlight = new Flights(clock);
    this.#cursor = file.chunks.length === 0 ? 0 : start % file.chunks.length;
    this.#heardAt = clock();
    this.#keptAt = clock();
  }

  /** The next chunk to take from the hub, now in flight; null when none is this node's to take. */
  takeFromOrigin(): Flight<Hub> | null {
    const flight = this.#takeOutside(hub);
    if (flight || (!this.alone && this.#doubledByHub >= mostDoubledByHub)) return flight;
    const second = this.#takeSecond(hubSlowTimes, (_, first) => (first.kind === 'hub' ? null : hub));
    if (second) this.#doubledByHub++;
    return second;
  }

  /** The same from Walrus: what is leased to this node it may take from wherever the bytes are. */
  takeFromAggregator(): Flight<Aggregator> | null {
    const [aggregator] = this.#ready(this.aggregators, mostPerAggregator);
    if (!aggregator) return null;
    const flight =
      this.#takeOutside(aggregator) ??
      this.#takeSecond(1, (_, first) => this.#ready(this.aggregators, mostPerAggregator).find((one) => one !== first));
    if (flight) flight.source.inFlight++;
    return flight;
  }

  /** The next chunk a peer has, now in flight; each node goes round from another start, so that they spread. */
  takeFromPeer(): Flight<Peer> | null {
    const ready = this.#ready([...this.peers.values()], mostPerPeer);
    if (ready.length === 0) return null;
    const length = this.file.chunks.length;
    for (let step = 0; step < length; step++) {
      const index = (this.#cursor + step) % length;
      const peer = ready.find((each) => each.have.has(index));
      if (!peer || this.granted.includes(index) || !this.#isOpen(index)) continue;
      this.#cursor = (index + 1) % length;
      peer.inFlight++;
      return this.inFlight.begin(index, peer);
    }
    const second = this.#takeSecond(1, (index, first) => ready.find((one) => one !== first && one.have.has(index)));
    if (second) second.source.inFlight++;
    return second;
  }

  /** Something arrived from the hub or an aggregator, however little. */
  heard(): void {
    this.#heardAt = this.#clock();
  }

  /** A chunk is here or has failed. */
  end(flight: Flight<FetchSource>): void {
    const { index, source } = flight;
    const isHere = this.have.has(index);
    this.inFlight.end(flight, isHere);
    if (source.kind !== 'hub') source.inFlight--;
    if (isHere) {
      this.#keptAt = this.#clock();
      this.heard();
      if (!flight.overtaken.aborted) {
        const ms = this.#clock() - flight.begunAt;
        this.#usualMs = this.#usualMs === 0 ? ms : 0.8 * this.#usualMs + 0.2 * ms;
        if (source.kind !== 'hub') source.failures = 0;
      }
      if (this.have.isFull) this.#finish.abort();
    }
    this.emit();
  }

  /** A peer did not deliver; after some times, or at once when it sent wrong bytes, it is not asked again. */
  blamePeer(peer: Peer, failure: Failure, index: number): void {
    if (failure === 'busy') {
      peer.busyUntil = this.#clock() + busyMs;
      return;
    }
    peer.have.delete(index);
    peer.failures++;
    if (failure !== 'lied' && peer.failures < mostFailures) return;
    this.peers.delete(peer.node);
    this.dropped.add(peer.node);
  }

  /** The same of an aggregator: it pauses before it is asked again. */
  blameAggregator(aggregator: Aggregator, failure: Failure): void {
    aggregator.failures++;
    aggregator.busyUntil = this.#clock() + aggregatorPauseMs * 2 ** (aggregator.failures - 1);
    if (failure === 'lied' || aggregator.failures >= mostFailures)
      this.aggregators = this.aggregators.filter((other) => other !== aggregator);
  }

  /** Takes in what the hub answered; true when that gave this node something to do. */
  merge(answer: FetchAnswer): boolean {
    let isNew = false;
    for (const index of answer.origin) {
      if (index >= this.file.chunks.length || !this.#isOpen(index)) continue;
      if (this.granted.includes(index)) continue;
      this.granted.push(index);
      isNew = true;
    }
    for (const { node, url, have } of answer.peers) {
      const set = ChunkSet.parse(have, this.file.chunks.length);
      if (!set || this.dropped.has(node)) continue;
      const known = this.peers.get(node);
      isNew ||= (known?.have.size ?? 0) < set.size;
      if (known?.url === url) known.have = set;
      else this.peers.set(node, { kind: 'peer', node, url, have: set, ...newStanding() });
    }
    if (answer.underWay && this.#clock() - this.#keptAt < longestPatienceMs) this.heard();
    const isIdle = this.inFlight.size === 0 && this.granted.length === 0;
    // The hub neither gives it to this node nor knows anybody who fetches it.
    if (isIdle && answer.origin.length === 0 && answer.peers.length === 0 && !answer.underWay) this.alone = true;
    this.emit();
    return isNew;
  }

  /** The hub does not answer. When it does again it may know of nothing. */
  lostHub(): void {
    this.isHubLost = true;
    if (this.aggregators.length === 0 && this.#clock() - this.#keptAt < outagePatienceMs) this.heard();
    this.emit();
  }

  emit(): void {
    this.#changes.emit('change');
  }

  /** Resolves at the next change, or after a time; never rejects. */
  nextChange(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#changes.off('change', finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#changes.on('change', finish);
    });
  }

  /** What is leased to this node, or everything when it is on its own. */
  #takeOutside<Source extends FetchSource>(source: Source): Flight<Source> | null {
    if (this.#clock() - this.#heardAt > patienceMs) this.alone = true;
    for (let index = this.granted.shift(); index !== undefined; index = this.granted.shift())
      if (this.#isOpen(index)) return this.inFlight.begin(index, source);
    if (!this.alone) return null;
    for (let index = 0; index < this.file.chunks.length; index++)
      if (this.#isOpen(index)) return this.inFlight.begin(index, source);
    return null;
  }

  /** At the very end, a chunk that another source is slow with. */
  #takeSecond<Source extends FetchSource>(
    times: number,
    choose: (index: number, first: FetchSource) => Source | null | undefined,
  ): Flight<Source> | null {
    const missing = this.have.length - this.have.size;
    if (missing > mostDoubled || missing > this.inFlight.size) return null;
    const slow = times * Math.max(slowMs, slowTimes * this.#usualMs);
    for (const first of this.inFlight.slowerThan(slow)) {
      const source = choose(first.index, first.source);
      if (source) return this.inFlight.begin(first.index, source);
    }
    return null;
  }

  #ready<Source extends Peer | Aggregator>(sources: readonly Source[], most: number): Source[] {
    const now = this.#clock();
    return sources
      .filter((source) => source.inFlight < most && source.busyUntil <= now)
      .sort((a, b) => a.inFlight - b.inFlight);
  }

  #isOpen(index: number): boolean {
    return !this.have.has(index) && !this.inFlight.has(index);
  }
}
