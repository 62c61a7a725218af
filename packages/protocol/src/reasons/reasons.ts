import { ownMember } from '../json/own-member.ts';
import { auditReasons } from './audit-reasons.ts';
import { backupReasons } from './backup-reasons.ts';
import { callReasons } from './call-reasons.ts';
import { conditionReasons } from './condition-reasons.ts';
import type { Reason } from './reason.ts';
import { requestReasons } from './request-reasons.ts';

/** Every reason there is. */
export const reasons = {
  ...conditionReasons,
  ...requestReasons,
  ...callReasons,
  ...auditReasons,
  ...backupReasons,
} as const;
export type ReasonCode = keyof typeof reasons;

/** The row of a reason, or null for a word this version does not know (a newer node may use one). */
export function findReason(code: string): Reason | null {
  return ownMember(reasons, code) ?? null;
}
