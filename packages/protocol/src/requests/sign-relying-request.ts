import type { PrivateKey } from '../keys/private-key.ts';
import { signTyped } from '../keys/sign-typed.ts';
import { reliesExtra, reliesText } from './relies.ts';
import { sendSignature } from './sign-request.ts';
import { requestHeaders } from './signed-request.ts';
import type { PlainRequest2 } from './signed-request-2.ts';
import { typedRequest } from './typed-request.ts';

/** As `signRequest`, of a caller that acts on the answer: what `signRequestOnTerms` gives for these terms, without its weight. */
export const signRelyingRequest = (request: PlainRequest2, key: PrivateKey): Record<string, string> => ({
  ...sendSignature(request, key, signTyped(...typedRequest(request, reliesExtra), key)),
  [requestHeaders.terms]: reliesText,
});
