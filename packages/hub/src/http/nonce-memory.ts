import { requestWindowMs } from '@callable/protocol';

/** Remembers the nonces of signed requests as long as they would be accepted, so that each works once. */
export class NonceMemory {
  readonly #clock: () => number;
  readonly #seen = new Map<string, number>();

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** True the first time; false for a replay. */
  use(signer: string, nonce: string): boolean {
    this.#forget();
    const key = `${signer} ${nonce}`;
    if (this.#seen.has(key)) return false;
    this.#seen.set(key, this.#clock() + 2 * requestWindowMs);
    return true;
  }

  /** Entries stand in the order they were made, so the old ones are at the front. */
  #forget(): void {
    for (const [key, until] of this.#seen) {
      if (until > this.#clock()) return;
      this.#seen.delete(key);
    }
  }
}
