import type { Address } from '../identity/address.ts';

/** Of one release, node and hour (hours since 1970, of filing). The node is empty where nobody answered, the release where a hash stands. */
export type UsageHour = {
  hour: number;
  /** Hex, as receipts have it. */
  release: string;
  node: Address | '';
  /** Whole answers: to who had no key, to who signed, and to a request that had counted, or is of another day. */
  keyless: number;
  signed: number;
  repeated: number;
  /** Answers that ended early, and calls that failed without one. */
  cut: number;
  failed: number;
  /** Leaves that are bare hashes: copies, audits, answers that lost, probes that say so. */
  hidden: number;
};

/** Of one release, node, caller and network on one day (days since 1970, of filing). */
export type UsageCaller = {
  day: number;
  release: string;
  node: Address;
  caller: Address;
  /** In whose name it says that it calls; empty for its own. */
  principal: Address | '';
  gateway: Address;
  /** As the gateway says it; empty where it said none. */
  tag: string;
  calls: number;
  /** So many of them with `relies`. */
  relied: number;
};

/** What callers said later of answers they had, on one day (of the log): that they act on them, and how it came out. */
export type UsageWord = {
  day: number;
  /** On which the call was filed: its network is known by its tag of that day. */
  callDay: number;
  release: string;
  node: Address;
  caller: Address;
  principal: Address | '';
  gateway: Address;
  tag: string;
  relied: number;
  right: number;
  wrong: number;
};

/** Of one release and gateway on one day: calls that nothing could answer, and the networks that made them, each once. */
export type UsageWanted = { day: number; release: string; gateway: Address; calls: number; networks: number };

/** Rankings are of so many days, and so are the three windows before that they are held against. */
export const windowDays = 7;

export const hourMs = 3600_000;
export const dayMs = 24 * hourMs;
export const dayOf = (ms: number): number => Math.floor(ms / dayMs);
export const hourOf = (ms: number): number => Math.floor(ms / hourMs);
