import { receiptPrice } from '../receipts/receipt-fields.ts';
import { Extra } from '../schema/extra.ts';
import { address, bytes32, count } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** On which terms a caller asks. Closed: a term that is given and not signed would bind nobody. */
export const RequestTerms = Type.Object(
  {
    /** The caller's session, and the number of this request in it. */
    session: bytes32,
    seq: count,
    /** Milliseconds since 1970 after which it is not to be answered; 0 leaves it to the window. It never widens that. */
    expiresAt: count,
    /** The most the caller pays, in the smallest unit of `asset` on `chain`. */
    price: receiptPrice,
    asset: address,
    chain: count,
    /** What pays for it. */
    payment: bytes32,
    /** The most units and tokens the caller pays for. */
    units: count,
    tokens: count,
    /** Open, and signed by its hash, `extra`: terms that come later. */
    more: Type.Optional(Extra),
  },
  { additionalProperties: false },
);
export type RequestTerms = Static<typeof RequestTerms>;
