/** How long an aggregator that sent wrong bytes is asked last, milliseconds. */
const wrongPenaltyMs = 10 * 60_000;
/** The same for one that failed or was slow. */
const failedPenaltyMs = 30_000;

/** Remembers which aggregators to ask first. They keep their order as long as all behave. */
export class AggregatorStanding {
  readonly #aggregators: readonly string[];
  readonly #clock: () => number;
  readonly #avoidUntil = new Map<string, number>();

  constructor(aggregators: readonly string[], clock: () => number) {
    this.#aggregators = aggregators;
    this.#clock = clock;
  }

  /** All of them, never fewer: one that lied is still better than none, because what it sends is checked. */
  inOrder(): string[] {
    const now = this.#clock();
    const penalty = (one: string) => Math.max(0, (this.#avoidUntil.get(one) ?? 0) - now);
    return [...this.#aggregators].sort((a, b) => penalty(a) - penalty(b));
  }

  note(aggregator: string, outcome: 'good' | 'failed' | 'wrong'): void {
    if (outcome === 'good') this.#avoidUntil.delete(aggregator);
    else this.#avoidUntil.set(aggregator, this.#clock() + (outcome === 'wrong' ? wrongPenaltyMs : failedPenaltyMs));
  }
}
