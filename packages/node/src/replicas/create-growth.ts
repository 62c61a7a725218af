/** Memory that models took beyond what their manifests ask for, and whose calls made them take it. */
export type Growth = {
  /** What one more growth of a model may take, by all its groups: its publisher, and the network of the caller. */
  roomFor(groups: readonly string[]): number;
  /** Takes it, and returns what gives it back. */
  take(bytes: number, groups: readonly string[]): () => void;
};

/** Half stays for models within what they ask for, and no publisher or network has more than a quarter. */
const ofAll = 1 / 2;
const ofOne = 1 / 4;

/**
 * Publishers and keys are free: a thousand of them must not make every node's memory grow. So all growth shares half of the
 * budget, and each publisher and each network of callers a quarter.
 */
export function createGrowth(budgetBytes: number): Growth {
  const taken = new Set<{ bytes: number; groups: readonly string[] }>();
  const sumOf = (isMeant: (groups: readonly string[]) => boolean) =>
    [...taken].reduce((sum, { bytes, groups }) => (isMeant(groups) ? sum + bytes : sum), 0);
  return {
    roomFor(groups) {
      const rooms = groups.map((group) => budgetBytes * ofOne - sumOf((others) => others.includes(group)));
      return Math.floor(Math.max(0, Math.min(budgetBytes * ofAll - sumOf(() => true), ...rooms)));
    },
    take(bytes, groups) {
      const share = { bytes, groups };
      taken.add(share);
      return () => void taken.delete(share);
    },
  };
}
