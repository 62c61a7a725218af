import type { TSchema } from '../../schema/type.ts';
import type { Rules } from '../rules.ts';
import type { FoldPlace, KindRow, Said } from './kind-row.ts';

/** A row as those read it who do not know which kind it is; a body is judged by its schema before it is handed in. */
export type AnyKindRow = Omit<KindRow<string, TSchema>, 'folds' | 'step'> & {
  folds: FoldPlace | null;
  step: ((state: unknown, said: Said<unknown>, rules: Rules) => unknown) | null;
};

export type KindTable = Readonly<Record<string, AnyKindRow>>;

/** Rows by their kinds. Throws when two have one name: the second would hide the first. */
export function kindTable(rows: readonly { kind: string }[]): KindTable {
  const table = new Map(rows.map((row) => [row.kind, row as AnyKindRow]));
  if (table.size < rows.length) throw new Error('Two kinds of statement have one name.');
  return Object.fromEntries(table);
}
