import type { Address } from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { AuditTable } from '../db/audit-table.ts';
import { readJson, toJsonText } from '../db/json-text.ts';

export type AuditRow = Selectable<AuditTable>;

export const nobody = toJsonText<Address[]>([]);

/** Those who were drawn and have not said anything. */
export function awaitedOf({ auditors, said }: Pick<AuditRow, 'auditors' | 'said'>): Address[] {
  const heard = readJson(said);
  return readJson(auditors).filter((auditor) => !heard.includes(auditor));
}

/** The words that only a liar can have earned; a first auditor who says one calls for judges. */
export const lies: readonly string[] = ['AnswerWrong', 'ValidationInvented'];
