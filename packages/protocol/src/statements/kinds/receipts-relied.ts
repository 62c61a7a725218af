import { Type } from '../../schema/type.ts';
import { address, bytes32, count } from './fields.ts';
import { kindRow } from './kind-row.ts';

/** One receipt, and what its caller says of the answer; whoever says neither says nothing. */
const word = Type.Object({
  node: address,
  session: bytes32,
  number: count,
  /** The caller acts on the answer. */
  relied: Type.Optional(Type.Literal(true)),
  /** How it came out. */
  outcome: Type.Optional(Type.Union([Type.Literal('right'), Type.Literal('wrong')])),
  note: Type.Optional(Type.String({ maxLength: 200 })),
});

export const receiptsRelied = kindRow({
  kind: 'receipts.relied',
  says: 'A caller acts on answers it had, or says how they came out, by their receipts. Counts once for each receipt, and where the caller signed the call, the answer was whole and its file is in the log before.',
  subject: 'address of a caller',
  signer: { scope: 'call', principal: ({ caller }) => caller, named: 'caller' },
  takenFrom: 'anybody',
  // A network may have a thousand decisions trusted a day, which are ten of these.
  perDay: { key: 20, network: 100 },
  maxBytes: 32 * 1024,
  body: Type.Object({
    /** Who signed the calls: the subject. */
    caller: address,
    receipts: Type.Array(word, { minItems: 1, maxItems: 100 }),
  }),
  folds: null,
  step: null,
});
