import type { Address } from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { AuditTable } from '../db/audit-table.ts';

export type AuditRow = Selectable<AuditTable>;

export const addressesIn = (list: string): Address[] => JSON.parse(list) as Address[];

/** Those who were drawn and have not said anything. */
export function awaitedOf({ auditors, said }: Pick<AuditRow, 'auditors' | 'said'>): Address[] {
  const heard = addressesIn(said);
  return addressesIn(auditors).filter((auditor) => !heard.includes(auditor));
}

/** The words that only a liar can have earned; a first auditor who says one calls for judges. */
export const lies: readonly string[] = ['AnswerWrong', 'ValidationInvented'];
