import { convict } from '../../nodes/convict.ts';
import { SignedBatch } from '../../receipts/batches/batch-header.ts';
import { isBatchFork } from '../../receipts/batches/is-batch-fork.ts';
import { isMisplaced } from '../../receipts/batches/is-misplaced.ts';
import { SignedReceipt3 } from '../../receipts/batches/signed-receipt-3.ts';
import { isFork } from '../../receipts/is-fork.ts';
import { SignedReceipt } from '../../receipts/receipt.ts';
import { Check } from '../../schema/check.ts';
import { count } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

const Receipts = Type.Object({ first: SignedReceipt, second: SignedReceipt });
const Headers = Type.Object({ first: SignedBatch, second: SignedBatch });
/** A receipt that stands under its header at another place than its number says. */
const Misplaced = Type.Object({ misplaced: SignedReceipt3, index: count });

const body = Type.Union([Receipts, Headers, Misplaced]);

/** What the node signed proves it alone, so nobody's word is needed. */
export const receiptForked = kindRow({
  kind: 'receipt.forked',
  says: 'Two receipts that the node signed under one number, two headers of a session whose numbers overlap, or a receipt at another place of its batch than its number says.',
  subject: 'node address',
  signer: 'anybody',
  takenFrom: 'anybody',
  perDay: { key: 50, network: 200 },
  maxBytes: 16 * 1024,
  body,
  folds: 'node',
  step: (state, { body, subject, at, id }) =>
    provesFork(body, subject)
      ? convict(state, at, 'ReceiptForked', 'It signed two receipts under one sequence number.', [id])
      : state,
});

function provesFork(fork: Static<typeof body>, node: string): boolean {
  if ('misplaced' in fork) return isMisplaced(fork.misplaced, fork.index, node);
  // By what a body is, not by what it names: both may have further members.
  return Check(Headers, fork) ? isBatchFork(fork, node) : Check(Receipts, fork) && isFork(fork, node);
}
