import { EventEmitter } from 'node:events';
import { type Address, ChunkSet, type FetchAnswer, type ManifestFile } from '@callable/protocol';

/** Another node that has chunks of the file, by the hub's word and its own. */
export type Peer = {
  node: Address;
  url: string;
  have: ChunkSet;
  inFlight: number;
  failures: number;
  busyUntil: number;
};

/** Requests to one peer at a time: it has others to serve. */
const mostPerPeer = 3;
/** A source that failed this often in a row is not asked again for this file. */
const mostFailures = 3;
/** A peer that said it is busy is left alone this long, milliseconds. */
const busyMs = 300;
/** Nothing heard from any source for this long, milliseconds: from then on the hub is asked without a lease. */
const patienceMs = 10_000;
/** The same when only the hub's word says that others are fetching. */
const longestPatienceMs = 60_000;

/** Which chunk of one file is to be taken next from where. It asks nobody; lanes and the lease loop act on it. */
export class FetchPlan {
  readonly file: ManifestFile;
  readonly have: ChunkSet;
  readonly peers = new Map<Address, Peer>();
  readonly dropped = new Set<Address>();
  /** Chunks leased to this node that no lane has begun. */
  readonly granted: number[] = [];
  readonly inFlight = new Set<number>();
  /** No use in leases, or no time left for them: whatever is missing is taken from the hub. */
  alone = false;
  /** Aborts when every chunk is here. */
  readonly finished: AbortSignal;
  readonly #finish = new AbortController();
  readonly #clock: () => number;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #cursor: number;
  #heardAt: number;
  #keptAt: number;

  constructor(file: ManifestFile, have: ChunkSet, clock: () => number, start: number) {
    this.file = file;
    this.have = have;
    this.finished = this.#finish.signal;
    this.#clock = clock;
    this.#cursor = file.chunks.length === 0 ? 0 : start % file.chunks.length;
    this.#heardAt = clock();
    this.#keptAt = clock();
  }

  /** The next chunk to take from the hub, now in flight; null when none is this node's to take. */
  takeFromOrigin(): number | null {
    this.#losePatience();
    for (let index = this.granted.shift(); index !== undefined; index = this.granted.shift())
      if (this.#begin(index)) return index;
    if (!this.alone) return null;
    for (let index = 0; index < this.file.chunks.length; index++) if (this.#begin(index)) return index;
    return null;
  }

  /** The next chunk a peer has, now in flight; each node goes round from another start, so that they spread. */
  takeFromPeer(): { index: number; peer: Peer } | null {
    if (this.peers.size === 0) return null;
    const now = this.#clock();
    const ready = [...this.peers.values()].filter((peer) => peer.inFlight < mostPerPeer && peer.busyUntil <= now);
    if (ready.length === 0) return null;
    const length = this.file.chunks.length;
    for (let step = 0; step < length; step++) {
      const index = (this.#cursor + step) % length;
      const [peer] = ready.filter((each) => each.have.has(index)).sort((a, b) => a.inFlight - b.inFlight);
      if (!peer || this.granted.includes(index) || !this.#begin(index)) continue;
      this.#cursor = (index + 1) % length;
      peer.inFlight++;
      return { index, peer };
    }
    return null;
  }

  /** Something arrived from the hub, however little. */
  heard(): void {
    this.#heardAt = this.#clock();
  }

  /** A chunk is here or has failed. */
  end(index: number, peer?: Peer): void {
    this.inFlight.delete(index);
    if (peer) peer.inFlight--;
    if (this.have.has(index)) {
      this.#keptAt = this.#clock();
      this.heard();
      if (peer) peer.failures = 0;
      if (this.have.isFull) this.#finish.abort();
    }
    this.emit();
  }

  /** A peer did not deliver; after some times, or at once when it sent wrong bytes, it is not asked again. */
  blame(peer: Peer, failure: 'busy' | 'lacks' | 'broken' | 'lied', index: number): void {
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

  /** Takes in what the hub answered; true when that gave this node something to do. */
  merge(answer: FetchAnswer): boolean {
    let isNew = false;
    for (const index of answer.origin) {
      if (index >= this.file.chunks.length || this.have.has(index) || this.inFlight.has(index)) continue;
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
      else this.peers.set(node, { node, url, have: set, inFlight: 0, failures: 0, busyUntil: 0 });
    }
    if (answer.underWay && this.#clock() - this.#keptAt < longestPatienceMs) this.heard();
    const isIdle = this.inFlight.size === 0 && this.granted.length === 0;
    // The hub neither gives it to this node nor knows anybody who fetches it.
    if (isIdle && answer.origin.length === 0 && answer.peers.length === 0 && !answer.underWay) this.alone = true;
    this.emit();
    return isNew;
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

  #begin(index: number): boolean {
    if (this.have.has(index) || this.inFlight.has(index)) return false;
    this.inFlight.add(index);
    return true;
  }

  #losePatience(): void {
    if (this.#clock() - this.#heardAt > patienceMs) this.alone = true;
  }
}
