import type { ConditionType } from '../conditions/condition.ts';
import { type Static, Type } from '../schema/type.ts';

/** GET /reasons/{Code} */
export const ReasonView = Type.Object({
  code: Type.String(),
  sentence: Type.String(),
  who: Type.String(),
  next: Type.String(),
  retry: Type.Boolean(),
  status: Type.Integer(),
  /** The conditions that may stand as they do for this reason. */
  conditions: Type.Array(Type.Unsafe<ConditionType>(Type.String())),
});
export type ReasonView = Static<typeof ReasonView>;
