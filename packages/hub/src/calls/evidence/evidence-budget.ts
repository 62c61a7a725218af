import type { Address } from '@callable/protocol';

const dayMs = 24 * 3600_000;
/** Receipts of nodes that have not joined, by one gateway in one day: keys are free, and each receipt costs the log a leaf. */
const perDay = 1_000;
const rememberedGateways = 1_000;

/**
 * Whether a gateway may have so many more receipts of nodes that nobody knows kept today: all of them or none, as batches are
 * whole. In memory: a new start allows them once more.
 */
export type EvidenceBudget = { take(gateway: Address, wanted: number): boolean };

export function createEvidenceBudget(clock: () => number): EvidenceBudget {
  const taken = new Map<Address, number>();
  let day = 0;
  return {
    take(gateway, wanted) {
      const today = Math.floor(clock() / dayMs);
      if (today !== day || taken.size > rememberedGateways) taken.clear();
      day = today;
      const before = taken.get(gateway) ?? 0;
      if (before + wanted > perDay) return false;
      taken.set(gateway, before + wanted);
      return true;
    },
  };
}
