import type { WalrusNetwork } from '../../config/read-walrus-keeping.ts';

export const epochOf = ({ epochMs, zeroMs }: WalrusNetwork, now: number): number =>
  Math.floor((now - zeroMs) / epochMs);

export const startOfEpoch = ({ epochMs, zeroMs }: WalrusNetwork, epoch: number): number => zeroMs + epoch * epochMs;
