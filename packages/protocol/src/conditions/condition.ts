import { type Static, Type } from '../schema/type.ts';

/** The path of a release, in order. */
export const conditionTypes = ['Uploaded', 'Stored', 'Verified', 'Reachable', 'Worked'] as const;
export type ConditionType = (typeof conditionTypes)[number];
export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** One step of the path: what is true, since when, on what evidence; if not true, why and what to do. */
export const Condition = Type.Object({
  type: Type.Unsafe<ConditionType>(Type.String({ enum: [...conditionTypes] })),
  status: Type.Unsafe<ConditionStatus>(Type.String({ enum: ['True', 'False', 'Unknown'] })),
  reason: Type.String(),
  message: Type.String(),
  /** Who can do what about it; null when nothing needs doing. */
  next: Type.Union([Type.String(), Type.Null()]),
  /** ISO 8601; when the status last changed. */
  lastTransitionTime: Type.String(),
  /** ISO 8601; when it was last checked, or null when it never was. */
  lastCheckTime: Type.Union([Type.String(), Type.Null()]),
  /** Ids of the statements this rests on. */
  evidence: Type.Array(Type.String()),
});
export type Condition = Static<typeof Condition>;
