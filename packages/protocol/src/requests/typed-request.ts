import type { FieldValue, TypedStruct } from '../keys/typed-data.ts';
import { zeroBytes32 } from '../receipts/receipt-fields.ts';
import { noTerms } from './no-terms.ts';
import { requestStruct, type SignedRequest } from './signed-request.ts';
import { type PlainRequest2, requestStruct2 } from './signed-request-2.ts';

/** What an EIP-712 hash of this request is made of; `extra` is the hash of its further terms. */
export const typedRequest = (
  { version, ...rest }: SignedRequest | PlainRequest2,
  extra = zeroBytes32,
): [TypedStruct, Readonly<Record<string, FieldValue>>] =>
  version === 2 ? [requestStruct2, { ...noTerms, ...rest, version, extra }] : [requestStruct, rest];
