import type { Address } from '@callable/protocol';

/** A node that the network runs itself: the first in this process when it is the only one, else in one of its own. */
export type OwnNode = {
  /** From 1. */
  readonly number: number;
  readonly address: Address;
  /** Null while a process that died waits to be started again. */
  readonly pid: number | null;
};

/** What happens to a node that is a process of its own. */
export type NodeEvent =
  | { kind: 'started'; number: number; address: Address; pid: number }
  /** `how` is for people; `againInMs` is the pause before it is started again. */
  | { kind: 'ended'; number: number; address: Address; how: string; againInMs: number };
