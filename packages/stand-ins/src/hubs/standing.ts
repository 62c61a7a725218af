import { type Condition, type ConditionStatus, conditionTypes, type ReleaseView } from '@callable/protocol';
import { createCondition } from '../releases/create-condition.ts';

/** Five conditions with these statuses, and whether that is callable. */
export function standing(
  statuses: readonly ConditionStatus[],
  reasons: Partial<Record<Condition['type'], string>> = {},
): Pick<ReleaseView, 'conditions' | 'callable'> {
  const conditions = conditionTypes.map((type, index) =>
    createCondition(type, statuses[index] ?? 'Unknown', reasons[type] ?? 'AwaitingProbe'),
  );
  return { conditions, callable: statuses.slice(0, 4).every((status) => status === 'True') };
}
