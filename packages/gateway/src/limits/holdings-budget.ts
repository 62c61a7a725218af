/** Releases that connected nodes hold here, an entry of about 200 bytes each: in all, and of the nodes of one network. */
const inAll = 1_000_000;
const perNetwork = 250_000;

/** attack: keys are free, and each may announce as much as one node holds. */
export type HoldingsBudget = {
  /** Takes room for so many entries; false when there is none. Less than none gives them back. */
  take(network: string, entries: number): boolean;
};

export function createHoldingsBudget(limits = { inAll, perNetwork }): HoldingsBudget {
  const networks = new Map<string, number>();
  let held = 0;
  return {
    take(network, entries) {
      const own = (networks.get(network) ?? 0) + entries;
      if (entries > 0 && (own > limits.perNetwork || held + entries > limits.inAll)) return false;
      held += entries;
      if (own > 0) networks.set(network, own);
      else networks.delete(network);
      return true;
    },
  };
}
