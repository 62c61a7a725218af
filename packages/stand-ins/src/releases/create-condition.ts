import type { Condition } from '@callable/protocol';

/** A condition as a hub shows it, never checked since the beginning of time. */
export const createCondition = (
  type: Condition['type'],
  status: Condition['status'],
  reason: string,
  lastCheckTime: string | null = null,
): Condition => ({
  ...{ type, status, reason, message: `${type} is ${status}.`, next: null, evidence: [] },
  ...{ lastTransitionTime: new Date(0).toISOString(), lastCheckTime },
});
