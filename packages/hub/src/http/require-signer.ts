import { createHash } from 'node:crypto';
import { type Address, CallableError, verifyRequest } from '@callable/protocol';
import type { FastifyRequest } from 'fastify';
import type { NonceMemory } from './nonce-memory.ts';

/**
 * Who signed this request. `bodyHash` is for bodies that are streamed: their hash is known beforehand and checked
 * while they arrive.
 */
export function requireSigner(
  ctx: { clock: () => number; nonces: NonceMemory },
  request: FastifyRequest,
  bodyHash?: string,
): Address {
  const body =
    bodyHash ??
    createHash('sha256')
      .update(request.rawBody ?? new Uint8Array())
      .digest('hex');
  const verdict = verifyRequest(
    { method: request.method, path: request.url, body, headers: request.headers },
    ctx.clock(),
  );
  if (!verdict.ok) throw new CallableError(verdict.reason);
  if (!ctx.nonces.use(verdict.signer, verdict.nonce)) throw new CallableError('RequestReplayed');
  return verdict.signer;
}
