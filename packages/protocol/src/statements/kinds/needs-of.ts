import type { Address } from '../../identity/address.ts';
import { Check } from '../../schema/check.ts';
import type { Statement } from '../statement.ts';
import { findKind } from './find-kind.ts';
import type { AnyKindRow } from './kind-table.ts';

/** What the fold of one statement asks for beside the state it changes. */
export type FoldNeeds = {
  /** Whose delegations matter: those its signer may be acting for. */
  principals: readonly Address[];
  /** Whose standing matters. */
  nodes: readonly Address[];
  /** The nodes it brings into the state of its release. */
  seats: readonly Address[];
};

const none: FoldNeeds = { principals: [], nodes: [], seats: [] };

/** Read from the row of its kind, so that a kind can be folded by whoever has its row. */
export function needsOf(
  { kind, body, signer }: Pick<Statement, 'kind' | 'body' | 'signer'>,
  publisher: Address | null,
): FoldNeeds {
  const row = findKind(kind);
  if (!row || !asksForOthers(row) || !Check(row.body, body)) return none;
  const seats = row.seats?.(body) ?? [];
  const actsFor = typeof row.signer === 'object' ? row.signer.principal(body, publisher) : null;
  const named = [...(row.delegators?.(body) ?? []), ...(actsFor === null ? [] : [actsFor])];
  return {
    principals: [...new Set(named)].filter((principal) => principal !== signer),
    nodes: row.judgesSigner ? [...seats, signer] : seats,
    seats,
  };
}

/** Most kinds need nobody, and a body is not judged twice for nothing. */
const asksForOthers = ({ signer, seats, judgesSigner, delegators }: AnyKindRow): boolean =>
  typeof signer === 'object' || seats !== undefined || judgesSigner === true || delegators !== undefined;
