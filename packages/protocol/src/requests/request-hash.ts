import { toHex } from '../bytes/hex.ts';
import { hashExtra } from '../json/extra.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { type FieldValue, hashTyped, type TypedStruct } from '../keys/typed-data.ts';
import { zeroBytes32 } from '../receipts/receipt-fields.ts';
import { noTerms } from './request-terms.ts';
import { requestStruct, type SignedRequest } from './signed-request.ts';
import { requestStruct2, type SignedRequest2 } from './signed-request-2.ts';

/** What an EIP-712 hash of this request is made of. Throws an UnsignableError when `more` has no hash. */
export function typedRequest(
  request: SignedRequest | SignedRequest2,
): [TypedStruct, Readonly<Record<string, FieldValue>>] {
  if (request.version !== 2) {
    const { method, path, body, nonce, issuedAt } = request;
    return [requestStruct, { method, path, body, nonce, issuedAt }];
  }
  const { more, ...rest } = request;
  const extra = more === undefined ? zeroBytes32 : hashExtra(more);
  if (extra === null) throw new UnsignableError('The further terms of a request cannot be signed.');
  return [requestStruct2, { ...noTerms, ...rest, extra }];
}

/** The EIP-712 hash of a request, 64 hex digits: what a receipt names as the request it answers. */
export function requestHash(request: SignedRequest | SignedRequest2): string {
  return toHex(hashTyped(...typedRequest(request)));
}
