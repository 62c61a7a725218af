import { Type } from '../../schema/type.ts';
import { bytes32, time } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const receiptsBatched = kindRow({
  kind: 'receipts.batched',
  says: 'Receipts entered the log as the leaves of a Merkle tree.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    count: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    root: bytes32,
    /** When the first and the last of them ended, by their nodes' clocks. */
    from: time,
    to: time,
  }),
  folds: null,
  step: null,
  looksUp: ({ body: { root, count } }) => ({ in: 'batches', value: { root, count } }),
});
