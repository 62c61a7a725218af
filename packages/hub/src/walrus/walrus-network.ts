/** The epochs of a Walrus network, which it tells nobody over HTTP: all equally long. */
export type WalrusNetwork = {
  /** Mainnet's last 14 days, testnet's one; milliseconds. */
  epochMs: number;
  /** When epoch 0 would have begun, milliseconds since 1970. */
  zeroMs: number;
};

export const epochOf = ({ epochMs, zeroMs }: WalrusNetwork, now: number): number =>
  Math.floor((now - zeroMs) / epochMs);

export const startOfEpoch = ({ epochMs, zeroMs }: WalrusNetwork, epoch: number): number => zeroMs + epoch * epochMs;
