import { zeroAddress } from '../src/identity/address.ts';
import type { Receipt1 } from '../src/receipts/receipt-1.ts';
import { zeroBytes32 } from '../src/receipts/receipt-fields.ts';

/** A receipt of version 1, unsigned; what the test does not say is zero. The stand-ins' stands on this package. */
export function createReceipt(fields: Partial<Receipt1> = {}): Receipt1 {
  return {
    ...{ version: 1, release: zeroBytes32, model: zeroBytes32, request: zeroBytes32, response: zeroBytes32 },
    ...{ inputs: zeroBytes32, outputs: zeroBytes32, caller: zeroAddress, node: zeroAddress, nonce: zeroBytes32 },
    ...{ startedAt: 1, finishedAt: 2, runtime: zeroBytes32, auditClass: 1, evidence: zeroBytes32 },
    ...{ price: '0', asset: zeroAddress, paymentRef: zeroBytes32, seq: 0, prev: zeroBytes32 },
    ...fields,
  };
}
