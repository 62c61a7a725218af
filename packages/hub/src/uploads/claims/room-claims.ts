import { type Claim, type ClaimParts, listClaims } from './list-claims.ts';

type Read = { at: number; tookMs: number; claims: Promise<Claim[]> };

/**
 * The claims as this process last read them: hundreds of chunks a second do not ask the database each. What is refused
 * is asked for anew, so only a chunk that fits goes by a list that is a second old.
 */
export class RoomClaims {
  readonly #keptMs: number;
  #last: Read | null = null;

  /** With 0 nothing is kept. */
  constructor(keptMs = 1000) {
    this.#keptMs = keptMs;
  }

  async read(ctx: ClaimParts, { fresh }: { fresh: boolean }): Promise<Claim[]> {
    const last = this.#last;
    // A long list is read no more often than it takes a twentieth of the time.
    const isKept = last && this.#keptMs > 0 && performance.now() - last.at < Math.max(this.#keptMs, 20 * last.tookMs);
    if (last && isKept && !fresh) return last.claims;
    const at = performance.now();
    const read: Read = { at, tookMs: 0, claims: listClaims(ctx) };
    this.#last = read;
    try {
      return await read.claims;
    } catch (error) {
      if (this.#last === read) this.#last = null;
      throw error;
    } finally {
      read.tookMs = performance.now() - at;
    }
  }
}
