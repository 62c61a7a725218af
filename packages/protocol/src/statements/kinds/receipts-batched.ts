import { Type } from '../../schema/type.ts';
import { bytes32, time } from './fields.ts';
import { kindRow } from './kind-row.ts';

export const receiptsBatched = kindRow({
  kind: 'receipts.batched',
  says: 'Receipts entered the log: those of before as the leaves of a Merkle tree, since version 3 by the signed headers of their batches.',
  subject: 'hub address',
  signer: 'hub',
  takenFrom: 'hub',
  perDay: null,
  body: Type.Object({
    /** Leaves of the tree. */
    count: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    root: bytes32,
    /**
     * So many receipts are under these leaves, and the leaves are signed headers (`leafOfBatch`): the file beside the log holds
     * segments. Without it the leaves are receipts of version 1 or 2, and the file holds their hashes.
     */
    calls: Type.Optional(Type.Integer({ minimum: 1, maximum: 64_000_000 })),
    /** When the first and the last of them ended, by their nodes' clocks. */
    from: time,
    to: time,
  }),
  folds: null,
  step: null,
  looksUp: ({ body: { root, count, calls } }) => ({
    in: 'batches',
    value: { root, count, ...(calls === undefined ? {} : { calls }) },
  }),
});
