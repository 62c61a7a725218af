import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { sendSignature } from './sign-request.ts';
import { requestHeaders } from './signed-request.ts';
import type { PlainRequest2 } from './signed-request-2.ts';
import { typedRequest } from './typed-request.ts';

/** As `signRequest`, in the name of another: what `signRequestOnTerms` gives for these terms, without its weight. */
export function signOnBehalf(
  request: PlainRequest2,
  { principal, relies }: { principal: Address; relies: boolean },
  key: PrivateKey,
): Record<string, string> {
  // Canonical as it stands: names in order, no blanks, and an address holds nothing to escape.
  const more = `{"onBehalfOf":"${principal}"${relies ? ',"relies":true' : ''}}`;
  const extra = toHex(sha256(new TextEncoder().encode(more)));
  return {
    ...sendSignature(request, key, signTyped(...typedRequest(request, extra), key)),
    [requestHeaders.terms]: `{"more":${more}}`,
  };
}
