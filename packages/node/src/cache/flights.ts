/** One chunk on its way from one source. */
export type Flight<Source> = {
  readonly index: number;
  readonly source: Source;
  readonly begunAt: number;
  /** Aborts when the chunk came from elsewhere first. */
  readonly overtaken: AbortSignal;
};

type Entry<Source> = Flight<Source> & { overtake: () => void };

/** Which chunks are on their way, and from whom: from one source each, of the last ones from two. */
export class Flights<Source> {
  readonly #byChunk = new Map<number, Entry<Source>[]>();
  readonly #doubled = new Set<number>();
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byChunk.size;
  }

  has(index: number): boolean {
    return this.#byChunk.has(index);
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#byChunk.keys();
  }

  begin<One extends Source>(index: number, source: One): Flight<One> {
    const lost = new AbortController();
    const flight = { index, source, begunAt: this.#clock(), overtaken: lost.signal, overtake: () => lost.abort() };
    const others = this.#byChunk.get(index) ?? [];
    if (others.length > 0) this.#doubled.add(index);
    this.#byChunk.set(index, [...others, flight]);
    return flight;
  }

  /** It is over; when the chunk `isHere`, whoever else was sending it need not go on. */
  end(flight: Flight<Source>, isHere: boolean): void {
    const others = (this.#byChunk.get(flight.index) ?? []).filter((other) => other !== flight);
    if (others.length > 0) this.#byChunk.set(flight.index, others);
    else this.#byChunk.delete(flight.index);
    if (isHere) for (const other of others) other.overtake();
  }

  /** Chunks that one source has been at for so long, milliseconds, and no second was ever asked for. */
  *slowerThan(ms: number): Generator<Flight<Source>> {
    const since = this.#clock() - ms;
    for (const [index, [only, ...others]] of this.#byChunk)
      if (only && others.length === 0 && !this.#doubled.has(index) && only.begunAt <= since) yield only;
  }
}
