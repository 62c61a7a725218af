import { CallableError } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../context.ts';

/** Takes one keyless call from the remote address and says in headers what is left. Throws TooManyRequests. */
export function limitRate(ctx: Pick<GatewayContext, 'rates'>, request: FastifyRequest, reply: FastifyReply): void {
  const allowance = ctx.rates.take(request.ip);
  if (!allowance) return;
  reply.header('ratelimit-policy', `"anonymous";q=${allowance.limit};w=60`);
  reply.header('ratelimit', `"anonymous";r=${allowance.remaining};t=${allowance.resetSeconds}`);
  if (!allowance.ok)
    throw new CallableError('TooManyRequests', undefined, { details: { retryAfterSeconds: allowance.resetSeconds } });
}
