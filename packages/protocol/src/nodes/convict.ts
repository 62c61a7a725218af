import type { ConvictionReason, NodeState } from './node-state.ts';

/** Convicts a node once; what convicts it again adds nothing. */
export function convict(
  state: NodeState,
  at: number,
  reason: ConvictionReason,
  message: string,
  evidence: readonly string[],
): NodeState {
  return state.convicted ? state : { ...state, convicted: { at, reason, message, evidence } };
}
