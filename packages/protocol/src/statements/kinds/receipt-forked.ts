import { convict } from '../../nodes/convict.ts';
import { isFork } from '../../receipts/is-fork.ts';
import { SignedReceipt } from '../../receipts/receipt.ts';
import { Type } from '../../schema/type.ts';
import { kindRow } from './kind-row.ts';

/** The two signatures alone prove it, so nobody's word is needed. */
export const receiptForked = kindRow({
  kind: 'receipt.forked',
  says: 'Two receipts that the node signed under one sequence number.',
  subject: 'node address',
  signer: 'anybody',
  takenFrom: 'anybody',
  perDay: { key: 50, network: 200 },
  maxBytes: 16 * 1024,
  body: Type.Object({ first: SignedReceipt, second: SignedReceipt }),
  folds: 'node',
  step: (state, { body, subject, at, id }) =>
    isFork(body, subject)
      ? convict(state, at, 'ReceiptForked', 'It signed two receipts under one sequence number.', [id])
      : state,
});
