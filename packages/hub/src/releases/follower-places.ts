import { CallableError } from '@callable/protocol';
import type { HubLimits } from '../config/hub-config.ts';

/** How many event streams are open, in all and from each network. */
export class FollowerPlaces {
  readonly #limits: Pick<HubLimits, 'followers' | 'followersPerNetwork'>;
  readonly #perNetwork = new Map<string, number>();

  constructor(limits: Pick<HubLimits, 'followers' | 'followersPerNetwork'>) {
    this.#limits = limits;
  }

  /** Takes a place, and returns what gives it back, once. Throws TooManyFollowers. */
  take(network: string): () => void {
    const { followers, followersPerNetwork } = this.#limits;
    const all = [...this.#perNetwork.values()].reduce((sum, count) => sum + count, 0);
    const here = this.#perNetwork.get(network) ?? 0;
    if (here >= followersPerNetwork || all >= followers)
      throw new CallableError('TooManyFollowers', undefined, { details: { retryAfterSeconds: 10 } });
    this.#perNetwork.set(network, here + 1);
    return () => {
      const left = (this.#perNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#perNetwork.delete(network);
      else this.#perNetwork.set(network, left);
    };
  }
}
