import type { HubConfig, OutageEvent } from '@callable/hub';
import type { Address } from '@callable/protocol';
import type { ToldFailure } from './told-failure.ts';

/** What the process of the hub is told, once, at each of its starts. */
export type HubOrders = {
  config: HubConfig;
  /** Where it is asked: a Unix socket or a named pipe. */
  socketPath: string;
  /** Nodes that are its own: it says so in its log before it is ready, so that no validation is a stranger's. */
  nodes: readonly Address[];
  /** Whether somebody here hears of outages; else it logs them. */
  tellsOutages: boolean;
  logLevel: string;
};

/**
 * What it is told when the nodes are there, and before they leave: a probe before or after would find that nobody answers,
 * and say so of every release.
 */
export type HubTurn = 'work' | 'rest';

/** What it says to the process that started it. */
export type HubWord =
  /** `rolledBack`: why it takes nothing in, or null. */
  | { kind: 'ready'; rolledBack: string | null }
  | { kind: 'failed'; failure: ToldFailure }
  | { kind: 'outage'; event: OutageEvent };

/** What happens to the process of the hub after its first start. */
export type HubEvent =
  /** `how` is for people; `againInMs` is the pause before it is started again. */
  | { kind: 'ended'; how: string; againInMs: number }
  /** It answers again. */
  | { kind: 'back'; pid: number; awayMs: number };
