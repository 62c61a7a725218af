import { Check } from '../../schema/check.ts';
import type { Statement } from '../statement.ts';
import { findKind } from './find-kind.ts';

/** Which state of its place a statement is about: that of its subject, unless its kind says otherwise. */
export function stateKeyOf({ kind, subject, signer, body }: Statement): string {
  const row = findKind(kind);
  return row?.stateKey && Check(row.body, body) ? row.stateKey({ subject, signer, body }) : subject;
}
