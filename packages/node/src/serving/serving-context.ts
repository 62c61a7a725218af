import type { NodeContext } from '../context.ts';

/** What answering a call takes of a node. */
export type ServingContext = Pick<
  NodeContext,
  | 'config'
  | 'cache'
  | 'clock'
  | 'random'
  | 'demand'
  | 'replicas'
  | 'slots'
  | 'quarantine'
  | 'receipts'
  | 'keptCalls'
  | 'lifetime'
  | 'state'
  | 'log'
>;
