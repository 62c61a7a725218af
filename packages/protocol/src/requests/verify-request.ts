import { toHex } from '../bytes/hex.ts';
import { type Address, parseAddress } from '../identity/address.ts';
import { recoverSigner } from '../keys/recover-signer.ts';
import { hashTyped } from '../keys/typed-data.ts';
import { requestHeaders, requestStruct, requestWindowMs, type SignedRequest } from './signed-request.ts';

export type RequestVerdict =
  | { ok: true; signer: Address; nonce: string; issuedAt: number; hash: string }
  | { ok: false; reason: 'SignatureMissing' | 'SignatureInvalid' | 'RequestExpired' };

/**
 * Checks the signature headers of a request. The server still has to refuse a nonce it has seen within the
 * window: a verdict cannot know that.
 */
export function verifyRequest(
  request: { method: string; path: string; body: string; headers: Record<string, string | string[] | undefined> },
  now: number,
): RequestVerdict {
  const header = (name: string) => {
    const value = request.headers[name];
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
  const signed: SignedRequest = { method: request.method, path: request.path, body: request.body, nonce, issuedAt };
  if (recoverSigner(requestStruct, signed, signature) !== claimed) return { ok: false, reason: 'SignatureInvalid' };
  return { ok: true, signer: claimed, nonce, issuedAt, hash: requestHash(signed) };
}

/** The EIP-712 hash of a request, 64 hex digits: what a receipt names as the request it answers. */
export function requestHash(request: SignedRequest): string {
  return toHex(hashTyped(requestStruct, request));
}
