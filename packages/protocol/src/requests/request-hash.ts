import { toHex } from '../bytes/hex.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { hashTyped } from '../keys/typed-data.ts';
import { hashExtra } from '../schema/extra.ts';
import type { SignedRequest } from './signed-request.ts';
import type { SignedRequest2 } from './signed-request-2.ts';
import { typedRequest } from './typed-request.ts';

/** As `typedRequest`, of a request that may have terms. Throws an UnsignableError when `more` has no hash. */
export function typedOnTerms(request: SignedRequest | SignedRequest2): ReturnType<typeof typedRequest> {
  if (request.version !== 2 || request.more === undefined) return typedRequest(request);
  const { more, ...rest } = request;
  const extra = hashExtra(more);
  if (extra === null) throw new UnsignableError('The further terms of a request cannot be signed.');
  return typedRequest(rest, extra);
}

/** The EIP-712 hash of a request, 64 hex digits: what a receipt names as the request it answers. */
export function requestHash(request: SignedRequest | SignedRequest2): string {
  return toHex(hashTyped(...typedOnTerms(request)));
}
