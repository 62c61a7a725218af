import { createHash } from 'node:crypto';
import { type Address, CallableError, type NonceMemory, refuseKnownNonce, verifyRequest } from '@callable/protocol';
import type { FastifyRequest } from 'fastify';

/**
 * Who signed this request. `bodyHash` is for bodies that are streamed: their hash is known beforehand and checked
 * while they arrive.
 */
export function requireSigner(ctx: { nonces: NonceMemory }, request: FastifyRequest, bodyHash?: string): Address {
  const body =
    bodyHash ??
    createHash('sha256')
      .update(request.rawBody ?? new Uint8Array())
      .digest('hex');
  const verdict = verifyRequest(
    { method: request.method, path: request.url, body, headers: request.headers },
    request.arrivedAt,
  );
  if (!verdict.ok) throw new CallableError(verdict.reason);
  refuseKnownNonce(ctx.nonces, verdict, request.arrivedAt);
  return verdict.signer;
}
