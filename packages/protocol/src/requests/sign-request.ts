import { addressOf, type PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { requestHeaders, requestStruct, type SignedRequest } from './signed-request.ts';

/** The headers that carry the signature of this request. */
export function signRequest(request: SignedRequest, key: PrivateKey): Record<string, string> {
  return {
    [requestHeaders.signer]: addressOf(key),
    [requestHeaders.nonce]: request.nonce,
    [requestHeaders.issuedAt]: String(request.issuedAt),
    [requestHeaders.signature]: signTyped(requestStruct, request, key),
  };
}
