import { networkOf } from '@callable/protocol';

/** The request bodies that are held in memory, in all and by network: keys are free, addresses are less so. */
export type BodyBudget = { open(address: string): BodyShare };

/** What one call holds of it. */
export type BodyShare = {
  /** Takes more bytes, or says whose limit would be passed. */
  take(bytes: number): 'network' | 'all' | null;
  /** Gives everything back, however often it is said. */
  close(): void;
};

/** Of each limit an eighth is for bodies up to this size: large ones cannot keep small calls out. */
const smallBody = 128 * 1024;
const ofLarge = 7 / 8;

export function createBodyBudget(limits: { inAll: number; perNetwork: number }): BodyBudget {
  const networks = new Map<string, number>();
  let inAll = 0;

  function add(network: string, bytes: number): void {
    inAll += bytes;
    const held = (networks.get(network) ?? 0) + bytes;
    if (held > 0) networks.set(network, held);
    else networks.delete(network);
  }

  return {
    open(address) {
      const network = networkOf(address, 'sender');
      let own = 0;
      return {
        take(bytes) {
          const part = own + bytes > smallBody ? ofLarge : 1;
          if ((networks.get(network) ?? 0) + bytes > limits.perNetwork * part) return 'network';
          if (inAll + bytes > limits.inAll * part) return 'all';
          own += bytes;
          add(network, bytes);
          return null;
        },
        close() {
          add(network, -own);
          own = 0;
        },
      };
    },
  };
}
