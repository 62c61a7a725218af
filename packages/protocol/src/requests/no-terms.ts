import { zeroAddress } from '../identity/address.ts';
import { zeroBytes32 } from '../receipts/receipt-fields.ts';
import type { RequestTerms } from './request-terms.ts';

/** Terms that are not given are these. */
export const noTerms: Required<Omit<RequestTerms, 'more'>> = {
  session: zeroBytes32,
  seq: 0,
  expiresAt: 0,
  price: '0',
  asset: zeroAddress,
  chain: 0,
  payment: zeroBytes32,
  units: 0,
  tokens: 0,
};
