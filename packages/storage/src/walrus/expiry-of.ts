import type { WalrusEntry } from './index/walrus-index.ts';

/** Renewed later than this before the end, a day without a publisher on testnet is one too many. */
const alarmEpochs = 2;

export type Expiry = {
  id: string;
  /** The first epoch in which a part is no longer kept; null when that is not known of a part. */
  endEpoch: number | null;
  epochsLeft: number | null;
  /** It has to be renewed now: fewer than two epochs are left, or nobody knows. */
  alarm: boolean;
};

export function expiryOf(entry: WalrusEntry, currentEpoch: number): Omit<Expiry, 'id'> {
  const known = entry.parts.map((part) => part.endEpoch).filter((epoch) => epoch !== null);
  const endEpoch = known.length === entry.parts.length ? Math.min(...known) : null;
  const epochsLeft = endEpoch === null ? null : Math.max(0, endEpoch - currentEpoch);
  return { endEpoch, epochsLeft, alarm: epochsLeft === null || epochsLeft < alarmEpochs };
}
