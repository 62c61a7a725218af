import { addressOf, type PrivateKey } from '../keys/private-key.ts';
import { type Signature, signTyped } from '../keys/sign-typed.ts';
import { requestHeaders, type SignedRequest } from './signed-request.ts';
import type { PlainRequest2 } from './signed-request-2.ts';
import { typedRequest } from './typed-request.ts';

/** The headers that carry the signature of this request. One with terms is signed by `signRequestOnTerms`: pages do without its weight. */
export const signRequest = (request: SignedRequest | PlainRequest2, key: PrivateKey): Record<string, string> =>
  sendSignature(request, key, signTyped(...typedRequest(request), key));

export const sendSignature = (
  request: SignedRequest | PlainRequest2,
  key: PrivateKey,
  signature: Signature,
): Record<string, string> => ({
  [requestHeaders.signer]: addressOf(key),
  [requestHeaders.nonce]: request.nonce,
  [requestHeaders.issuedAt]: String(request.issuedAt),
  [requestHeaders.signature]: signature,
  ...(request.version === 2 ? { [requestHeaders.audience]: request.audience } : {}),
});
