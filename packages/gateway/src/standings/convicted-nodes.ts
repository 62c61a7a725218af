import type { Address } from '@callable/protocol';
import type { Logger } from 'pino';

/** The hub is asked this often at most, milliseconds: so long a node that was caught lying may still be asked. */
const askAgainMs = 5000;

/** Which nodes were caught lying, as the hub's log says. */
export type ConvictedNodes = { has(node: Address): boolean };

/**
 * Asked on the way of every call, so it never waits: an answer may be some seconds old. While the hub is down what it
 * said last holds; a conviction is never taken back.
 */
export function createConvictedNodes({
  list,
  clock,
  log,
}: {
  list: () => Promise<readonly Address[]>;
  clock: () => number;
  log: Pick<Logger, 'warn'>;
}): ConvictedNodes {
  const known = new Set<Address>();
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = () => {
    askedAt = clock();
    void list()
      .then((nodes) => {
        for (const node of nodes) known.add(node);
      })
      .catch((error: unknown) => log.warn({ cause: String(error) }, 'which nodes were caught lying is not known anew'));
  };
  return {
    has(node) {
      if (clock() - askedAt >= askAgainMs) ask();
      return known.has(node);
    },
  };
}
