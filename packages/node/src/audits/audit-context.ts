import type { NodeContext } from '../context.ts';

/** The slice of a node that audits others. */
export type AuditContext = Pick<
  NodeContext,
  'hub' | 'config' | 'formats' | 'cache' | 'holds' | 'replicas' | 'adjudicator' | 'address' | 'log'
>;
