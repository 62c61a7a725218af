import { toHex } from '../bytes/hex.ts';
import { type Address, parseAddress } from '../identity/address.ts';
import { ownMember } from '../json/own-member.ts';
import { UnsignableError } from '../json/unsignable-error.ts';
import { recoverHashSigner } from '../keys/recover-signer.ts';
import { hashTyped } from '../keys/typed-data.ts';
import { readTerms } from './read-terms.ts';
import { typedOnTerms } from './request-hash.ts';
import type { RequestTerms } from './request-terms.ts';
import { requestHeaders, requestWindowMs, type SignedRequest } from './signed-request.ts';
import type { SignedRequest2 } from './signed-request-2.ts';

export type RequestVerdict =
  | {
      ok: true;
      signer: Address;
      nonce: string;
      issuedAt: number;
      hash: string;
      /** Of version 2: whom it was signed for, which is oneself, and the terms. */
      audience?: string;
      terms?: RequestTerms;
    }
  | { ok: false; reason: 'SignatureMissing' | 'SignatureInvalid' | 'RequestExpired' | 'AudienceMismatch' };

export type ArrivedSignature = {
  method: string;
  path: string;
  body: string;
  headers: Record<string, string | string[] | undefined>;
  /**
   * Whether a request for this audience is taken; null is one of version 1, which names none and was good at every server.
   * A reader that serves nobody leaves it out: it believes version 1 and no other.
   */
  isFor?: (audience: string | null) => boolean;
};

/**
 * Checks the signature headers of a request, of either version; `now` is when its headers arrived. The server still has to
 * refuse a nonce it has seen, and a body that came too late: a verdict cannot know that.
 */
export function verifyRequest(request: ArrivedSignature, now: number): RequestVerdict {
  const header = (name: string) => {
    const value = ownMember(request.headers, name);
    return typeof value === 'string' ? value : undefined;
  };
  const signature = header(requestHeaders.signature);
  const claimed = parseAddress(header(requestHeaders.signer) ?? '');
  if (signature === undefined || !claimed) return { ok: false, reason: 'SignatureMissing' };
  const nonce = header(requestHeaders.nonce) ?? '';
  const time = header(requestHeaders.issuedAt) ?? '';
  if (!/^[0-9a-f]{64}$/.test(nonce) || !/^(0|[1-9][0-9]{0,14})$/.test(time))
    return { ok: false, reason: 'SignatureInvalid' };
  const issuedAt = Number(time);
  // Ahead by the whole window, but behind by less: whoever keeps a nonce for two windows never forgets it too early.
  if (issuedAt > now + requestWindowMs || now >= issuedAt + requestWindowMs)
    return { ok: false, reason: 'RequestExpired' };
  const { method, path, body } = request;
  const signed = withAudience({ method, path, body, nonce, issuedAt }, request.headers);
  const hash = signed && hashRequest(signed);
  if (!hash || recoverHashSigner(hash, signature) !== claimed) return { ok: false, reason: 'SignatureInvalid' };
  const verdict = { ok: true, signer: claimed, nonce, issuedAt, hash: toHex(hash) } as const;
  const isFor = request.isFor ?? ((audience) => audience === null);
  if (!isFor(signed.version === 2 ? signed.audience : null)) return { ok: false, reason: 'AudienceMismatch' };
  if (signed.version !== 2) return verdict;
  const { audience, terms } = signed;
  if (terms.expiresAt !== 0 && now >= terms.expiresAt) return { ok: false, reason: 'RequestExpired' };
  return { ...verdict, audience, terms };
}

/** An address, or a host as `URL.host` writes it: the first requests of version 2 named hosts. */
const audienceGrammar = /^[a-z0-9.:[\]_-]{1,260}$/;

/**
 * The request with what its headers add in version 2, or null. Either header makes it version 2: terms beside a signature
 * of version 1 would be heard though nobody signed them.
 */
function withAudience(
  request: SignedRequest,
  headers: ArrivedSignature['headers'],
): SignedRequest | (SignedRequest2 & { terms: RequestTerms }) | null {
  const { [requestHeaders.audience]: audience, [requestHeaders.terms]: text } = headers;
  if (audience === undefined && text === undefined) return request;
  if (typeof audience !== 'string' || !audienceGrammar.test(audience) || Array.isArray(text)) return null;
  const terms = readTerms(text);
  return terms && { ...request, ...terms, terms, version: 2, audience };
}

function hashRequest(request: SignedRequest | (SignedRequest2 & { terms: RequestTerms })): Uint8Array | null {
  try {
    return hashTyped(...typedOnTerms(request));
  } catch (error) {
    if (error instanceof UnsignableError) return null;
    throw error;
  }
}
