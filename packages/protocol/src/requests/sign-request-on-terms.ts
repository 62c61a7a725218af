import type { PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { typedOnTerms } from './request-hash.ts';
import { sendSignature } from './sign-request.ts';
import { requestHeaders } from './signed-request.ts';
import type { SignedRequest2 } from './signed-request-2.ts';
import { writeTerms } from './write-terms.ts';

/** The headers that carry the signature of this request and its terms. Throws an UnsignableError. */
export function signRequestOnTerms(request: SignedRequest2, key: PrivateKey): Record<string, string> {
  const headers = sendSignature(request, key, signTyped(...typedOnTerms(request), key));
  const terms = writeTerms(request);
  return terms === null ? headers : { ...headers, [requestHeaders.terms]: terms };
}
