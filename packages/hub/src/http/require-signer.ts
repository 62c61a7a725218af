import { createHash } from 'node:crypto';
import {
  type Address,
  CallableError,
  type NonceMemory,
  type Rules,
  refuseKnownNonce,
  verifyRequest,
} from '@callable/protocol';
import type { FastifyRequest } from 'fastify';

/**
 * Who signed this request for this hub. `bodyHash` is for bodies that are streamed: their hash is known beforehand and checked
 * while they arrive.
 */
export async function requireSigner(
  ctx: { nonces: NonceMemory; rules: Pick<Rules, 'hub'> },
  request: FastifyRequest,
  bodyHash?: string,
): Promise<Address> {
  const body =
    bodyHash ??
    createHash('sha256')
      .update(request.rawBody ?? new Uint8Array())
      .digest('hex');
  const { method, url: path, headers, arrivedAt } = request;
  // attack: a request that names no hub is spent a second time at another one.
  const isFor = (audience: string | null) => audience === ctx.rules.hub;
  const verdict = verifyRequest({ method, path, body, headers, isFor }, arrivedAt);
  if (!verdict.ok) throw new CallableError(verdict.reason);
  await refuseKnownNonce(ctx.nonces, verdict, arrivedAt);
  return verdict.signer;
}
