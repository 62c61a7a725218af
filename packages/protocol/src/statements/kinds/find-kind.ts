import { ownMember } from '../../json/own-member.ts';
import type { AnyKindRow, KindTable } from './kind-table.ts';
import { statementKinds } from './statement-kinds.ts';

/** The kinds this software knows, as a table of rows that are read without knowing which kind they are. */
export const knownKinds = statementKinds as unknown as KindTable;

/** The row of a kind, or null for one this software does not know. */
export function findKind(kind: string): AnyKindRow | null {
  return ownMember(knownKinds, kind) ?? null;
}
