import { findKind, statementKinds } from '@callable/protocol';
import { expect, test } from 'vitest';
import { intakeTable, type TakeIn } from './intake-table.ts';

test('what is taken from anybody is what the rows of the kinds say, no more and no less', () => {
  const open = Object.keys(statementKinds).filter((kind) => findKind(kind)?.takenFrom === 'anybody');
  expect(Object.keys(intakeTable).sort()).toEqual(open.sort());
});

test('the compiler refuses a table that forgets a kind, has one too many, or forgets the pace of the day', () => {
  const { 'handle.claimed': claim, ...others } = intakeTable;
  // @ts-expect-error handle.claimed is taken from anybody
  const forgetful: typeof intakeTable = others;
  // @ts-expect-error release.stored is not
  const open: typeof intakeTable = { ...intakeTable, 'release.stored': claim };
  const unpaced: TakeIn = claim;
  // @ts-expect-error label.attached counts against the day
  const careless: typeof intakeTable = { ...intakeTable, 'label.attached': unpaced };
  expect([forgetful, open, careless]).toHaveLength(3);
});
