import { addressOf, type PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { typedRequest } from './request-hash.ts';
import { requestHeaders, type SignedRequest } from './signed-request.ts';
import type { SignedRequest2 } from './signed-request-2.ts';
import { writeTerms } from './write-terms.ts';

/** The headers that carry the signature of this request, of either version. Throws an UnsignableError. */
export function signRequest(request: SignedRequest | SignedRequest2, key: PrivateKey): Record<string, string> {
  const headers = {
    [requestHeaders.signer]: addressOf(key),
    [requestHeaders.nonce]: request.nonce,
    [requestHeaders.issuedAt]: String(request.issuedAt),
    [requestHeaders.signature]: signTyped(...typedRequest(request), key),
  };
  if (request.version !== 2) return headers;
  const terms = writeTerms(request);
  return {
    ...headers,
    [requestHeaders.audience]: request.audience,
    ...(terms === null ? {} : { [requestHeaders.terms]: terms }),
  };
}
