import type { Address, PrivateKey } from '@callable/protocol';
import type { Client } from '@callable/sdk';

/** What a proxy was told. */
export type ProxySettings = {
  /** Of the gateway that calls are passed on to. */
  client: Client;
  key: PrivateKey;
  onBehalfOf: Address | null;
  /** Every call says that its caller acts on the answer. */
  relies: boolean;
  /** Asked of every request when there is one. */
  token: string | null;
  /** Hears the receipt of each call, as it came. */
  keep: (receipt: KeptReceipt) => void;
};

/** What `callable verify` reads of a saved answer. */
export type KeptReceipt = { receipt: unknown; salt?: unknown; release?: unknown; digest?: unknown; node?: unknown };

/** The body of one call: a gateway takes no more as a rule. */
export const mostBodyBytes = 32 * 2 ** 20;
/** All bodies that wait in memory at the same time. */
export const mostHeldBytes = 256 * 2 ** 20;
